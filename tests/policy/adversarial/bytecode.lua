-- expect: error
-- says: there is no loadstring here
return function(ctx) return loadstring("\27LJ\2\0")() end
