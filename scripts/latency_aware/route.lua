-- The candidate with the lowest 95th percentile comes first. Nothing is remembered between calls: the same figures give
-- the same order, besides the draw among equally fast ones and the share of calls that explores.
local settings = aihub.require("settings")
local shape = aihub.require("shape")

shape("settings", settings, { close_percent = "number", explore_percent = "number", error_rate_max = "number" })

local measured, unmeasured, ill = 1, 2, 3

local function class_of(provider)
    if not provider then
        return unmeasured
    end
    if not provider.healthy or provider.error_rate > settings.error_rate_max then
        return ill
    end
    return provider.latency_ms > 0 and measured or unmeasured
end

-- The fastest first; those without figures keep the order of the configuration.
local function before(a, b)
    if a.class ~= b.class then
        return a.class < b.class
    end
    return a.class == measured and a.latency < b.latency
end

local function by_latency(candidates)
    local list = {}
    for i, candidate in ipairs(candidates) do
        local provider = aihub.provider(candidate.provider)
        list[i] = { candidate = candidate, class = class_of(provider), latency = provider and provider.latency_ms }
    end
    table.sort(list, before)
    return list
end

-- How many at the beginning are about as fast as the first.
local function close_ones(list)
    local count = 1
    local most = list[1].class == measured and list[1].latency * (1 + settings.close_percent / 100) or -1
    while list[count + 1] and list[count + 1].class == measured and list[count + 1].latency <= most do
        count = count + 1
    end
    return count
end

-- One of the first `count`, in proportion to the weights.
local function drawn(list, count)
    local sum = 0
    for i = 1, count do
        sum = sum + list[i].candidate.weight
    end
    local left = aihub.rand() * sum
    for i = 1, count - 1 do
        left = left - list[i].candidate.weight
        if left < 0 then
            return i
        end
    end
    return count
end

-- Those that a call may explore: healthy ones behind the first; those without figures alone when there are any.
local function explored(list)
    local places = { [measured] = {}, [unmeasured] = {}, [ill] = {} }
    for i = 2, #list do
        table.insert(places[list[i].class], i)
    end
    local from = #places[unmeasured] > 0 and places[unmeasured] or places[measured]
    return from[math.floor(aihub.rand() * #from) + 1]
end

local function route(ctx)
    local list = by_latency(ctx.candidates)
    local first = drawn(list, close_ones(list))
    if aihub.rand() * 100 < settings.explore_percent then
        first = explored(list) or first
    end
    table.insert(list, 1, table.remove(list, first))
    local candidates = {}
    for i, one in ipairs(list) do
        candidates[i] = one.candidate
    end
    return { candidates = candidates }
end

return route
