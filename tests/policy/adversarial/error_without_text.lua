-- expect: error
-- says: no text
return function(ctx) error(nil) end
