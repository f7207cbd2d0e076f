-- Tells the two groups apart in the analytics: `canary` is "new" or "old".
local canary = aihub.require("canary")

local function label(ctx)
    local one, takes = canary.of(ctx)
    if not one then
        return {}
    end
    return { canary = takes and "new" or "old" }
end

return label
