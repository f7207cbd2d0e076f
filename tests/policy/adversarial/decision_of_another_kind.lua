-- expect: bad_decision
-- says: is not a table but a
return function(ctx) return function() while true do end end end
