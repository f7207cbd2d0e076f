-- expect: load
-- says: only be called while a hook runs
local when = aihub.now()
return function(ctx) return when end
