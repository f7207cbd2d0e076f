-- expect: error
-- says: a conversion that there is not
return function(ctx) return ("%p"):format({}) end
