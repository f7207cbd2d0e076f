-- expect: error
-- says: string.rep would make
return function(ctx) return (("x"):rep(1e5)):rep(1e5) end
