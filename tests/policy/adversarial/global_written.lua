-- expect: error
-- says: global "seen" was assigned
return function(ctx) seen = ctx.request_id end
