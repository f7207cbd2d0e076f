-- expect: error
-- says: there is no getfenv here
return function(ctx) getfenv(2).stolen = true end
