-- expect: error
-- says: string.rep would make
return function(ctx) return ("x"):rep(1e9) end
