-- The callers of the canary get the new candidate first and the others after it; all others never get it.
local canary = aihub.require("canary")

local function route(ctx)
    local one, takes = canary.of(ctx)
    if not one then
        return { candidates = ctx.candidates }
    end
    local new, old = {}, {}
    for _, candidate in ipairs(ctx.candidates) do
        local is_new = candidate.provider == one.provider and candidate.model == one.candidate_model
        table.insert(is_new and new or old, candidate)
    end
    if not takes and #old > 0 then
        return { candidates = old }
    end
    for _, candidate in ipairs(old) do
        new[#new + 1] = candidate
    end
    return { candidates = new }
end

return route
