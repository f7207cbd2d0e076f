local slow, fast, middle = { latency_ms = 900 }, { latency_ms = 300 }, { latency_ms = 500 }

local function facts(providers, names)
    local candidates = {}
    for i, name in ipairs(names or { "a", "b", "c" }) do
        candidates[i] = { provider = name, model = "m" }
    end
    return { candidates = candidates, providers = providers }
end

-- Of 1000 requests, how many had each provider first; what they draw depends on their ids only.
local function first_of_1000(call)
    local count = {}
    for i = 1, 1000 do
        call.request_id = "request " .. i
        local name = aihub.test.route(call).candidates[1].provider
        count[name] = (count[name] or 0) + 1
    end
    return count
end

-- The order of a request that does not explore: most do not.
local function order(call)
    local names = {}
    for i, candidate in ipairs(aihub.test.route(call).candidates) do
        names[i] = candidate.provider
    end
    return names
end

describe("the fastest", function()
    it("comes first, the others by their latency", function()
        expect(order(facts({ a = slow, b = fast, c = middle }))).to_equal({ "b", "c", "a" })
    end)
    it("is the first of the configuration when nothing is known", function()
        expect(order(facts({}))).to_equal({ "a", "b", "c" })
        expect(order(facts({ a = {}, b = {} }))).to_equal({ "a", "b", "c" })
    end)
    it("is not one that is in trouble", function()
        expect(order(facts({ a = slow, b = { latency_ms = 300, healthy = false }, c = middle }))).to_equal(
            { "c", "a", "b" }
        )
        expect(order(facts({ a = slow, b = { latency_ms = 300, error_rate = 0.5 } }))).to_equal({ "a", "c", "b" })
    end)
    it("shares its calls with those about as fast, by weight", function()
        local call = facts({ a = slow, b = fast, c = { latency_ms = 340 } })
        call.candidates[2].weight = 3
        local count = first_of_1000(call)
        expect(count.b > 690 and count.b < 800).to_be(true)
        expect(count.c > 190 and count.c < 300).to_be(true)
    end)
end)

describe("exploring", function()
    it("tries the others a few times in a hundred", function()
        local count = first_of_1000(facts({ a = slow, b = fast, c = middle }))
        expect(count.b > 960 and count.b < 1000).to_be(true)
        expect(count.a + count.c).to_be(1000 - count.b)
    end)
    it("goes where nothing is known yet, never where there is trouble", function()
        local count = first_of_1000(facts({ a = { healthy = false }, b = fast, c = {} }))
        expect(count.a).to_be(nil)
        expect(count.c > 0).to_be(true)
        count = first_of_1000(facts({ b = fast }, { "b" }))
        expect(count.b).to_be(1000)
    end)
    it("is the same for the same request", function()
        local call = facts({ a = slow, b = fast, c = { latency_ms = 340 } })
        for i = 1, 100 do
            call.request_id = "request " .. i
            expect(aihub.test.route(call)).to_equal(aihub.test.route(call))
        end
    end)
end)
