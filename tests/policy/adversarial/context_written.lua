-- expect: error
-- says: ctx cannot be changed
return function(ctx) ctx.organization = "another" end
