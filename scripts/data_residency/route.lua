-- Calls of keys with the tag `residency` stay with providers of that region; others go where the configuration says.
local residency = aihub.require("residency")

local function route(ctx)
    return { candidates = residency.allowed(ctx) }
end

return route
