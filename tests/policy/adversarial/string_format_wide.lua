-- expect: error
-- says: invalid
return function(ctx) return ("%99999999d"):format(1) end
