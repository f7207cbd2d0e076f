-- expect: load
-- says: the bundle has no
local stolen = aihub.require("../../etc/passwd")
return function(ctx) return stolen end
