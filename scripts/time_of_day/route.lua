-- The providers that the period of the day prefers come first; the others follow in the order of the configuration.
local period_of = aihub.require("period")

local function route(ctx)
    local prefer = period_of(ctx).prefer
    local found = {}
    for i, candidate in ipairs(ctx.candidates) do
        local place = #prefer + 1
        for j, pattern in ipairs(prefer) do
            if place > j and aihub.glob(pattern, candidate.provider) then
                place = j
            end
        end
        found[i] = { place = place, candidate = candidate }
    end
    table.sort(found, function(a, b)
        return a.place < b.place
    end)
    local candidates = {}
    for i, one in ipairs(found) do
        candidates[i] = one.candidate
    end
    return { candidates = candidates }
end

return route
