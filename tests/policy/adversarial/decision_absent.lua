-- expect: bad_decision
-- says: is missing
return function(ctx) end
