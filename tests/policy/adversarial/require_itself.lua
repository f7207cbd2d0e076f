-- expect: load
-- says: requires itself
local this = aihub.require("route")
return function(ctx) return this end
