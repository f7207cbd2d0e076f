-- The region that a call must not leave: the tag `residency` of its key.
local residency = {}

-- "eu-west" lies in "eu".
local function inside(region, wanted)
    return region == wanted or aihub.prefix(region, wanted .. "-")
end

-- Those candidates that the call may go to. A provider whose region is not configured is in none.
function residency.allowed(ctx)
    local wanted = ctx.tags.residency
    if wanted == nil then
        return ctx.candidates
    end
    local allowed = {}
    for _, candidate in ipairs(ctx.candidates) do
        if inside(candidate.region, wanted) then
            allowed[#allowed + 1] = candidate
        end
    end
    return allowed
end

return residency
