-- What comes after a failure stays in the region, too: the next of the candidates that `route` allowed.
local residency = aihub.require("residency")

local function fallback(ctx, failed)
    local found = false
    for _, candidate in ipairs(residency.allowed(ctx)) do
        if found then
            return candidate
        end
        found = candidate.provider == failed.provider and candidate.model == failed.model
    end
    return { stop = true }
end

return fallback
