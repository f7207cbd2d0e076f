-- expect: error
-- says: b  b  b
return function(ctx) error(("b\n\0"):rep(20000), 1) end
