-- Who takes part. The host assigns the arm: the same caller has the same one, on every node and after a restart.
local settings = aihub.require("settings")

local function experiment(ctx)
    local tag = ctx.tags.experiments
    if ctx.model ~= settings.model or tag == "off" then
        return { [settings.experiment] = false }
    end
    -- Testers choose their arm: `experiments` of their keys names it.
    if tag == "control" or settings.arms[tag or ""] then
        return { [settings.experiment] = tag }
    end
    return { [settings.experiment] = true }
end

return experiment
