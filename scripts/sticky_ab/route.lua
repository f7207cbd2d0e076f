-- The candidate of the arm comes first. Without an assignment, for whatever reason, a call is one of the control.
local settings = aihub.require("settings")
local shape = aihub.require("shape")

shape("settings", settings, { experiment = "string", model = "string", arms = "table" })
for name, arm in pairs(settings.arms) do
    shape("arm " .. name, arm, { provider = "string", model = "string" })
end

local function route(ctx)
    local arm = ctx.model == settings.model and settings.arms[ctx.assignments[settings.experiment] or ""]
    if not arm then
        return { candidates = ctx.candidates }
    end
    local first, rest = {}, {}
    for _, candidate in ipairs(ctx.candidates) do
        local is_of_arm = candidate.provider == arm.provider and candidate.model == arm.model
        table.insert(is_of_arm and first or rest, candidate)
    end
    for _, candidate in ipairs(rest) do
        first[#first + 1] = candidate
    end
    return { candidates = first }
end

return route
