-- expect: error
-- says: too many results
return function(ctx) return unpack({}, 1, 1e8) end
