-- Dedicated providers serve the tiers that have them, before all others; no other tier gets there.
local tier_of = aihub.require("tiers")

local function route(ctx)
    local dedicated = tier_of(ctx).dedicated
    local first, rest = {}, {}
    for _, candidate in ipairs(ctx.candidates) do
        if not aihub.glob("dedicated-*", candidate.provider) then
            rest[#rest + 1] = candidate
        elseif dedicated and aihub.glob(dedicated, candidate.provider) then
            first[#first + 1] = candidate
        end
    end
    for _, candidate in ipairs(rest) do
        first[#first + 1] = candidate
    end
    return { candidates = first }
end

return route
