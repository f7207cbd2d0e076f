local regions = { frankfurt = "eu", paris = "eu-west", ohio = "us", nowhere = "" }

local function call(residency, names)
    local candidates = {}
    for i, name in ipairs(names) do
        candidates[i] = { provider = name, model = "m", region = regions[name] }
    end
    return { tags = { residency = residency }, candidates = candidates }
end

local function chosen(decision)
    local names = {}
    for i, candidate in ipairs(decision.candidates) do
        names[i] = candidate.provider
    end
    return names
end

describe("keys with a residency", function()
    it("stay in their region, in the order of the configuration", function()
        local decision = aihub.test.route(call("eu", { "ohio", "paris", "nowhere", "frankfurt" }))
        expect(chosen(decision)).to_equal({ "paris", "frankfurt" })
    end)
    it("are refused when no provider is there", function()
        expect(aihub.test.admit(call("us", { "paris", "nowhere" })).code).to_be("no_provider_in_region")
        expect(aihub.test.admit(call("us", { "paris", "ohio" })).allow).to_be(true)
    end)
    it("fall back inside their region only", function()
        local facts = call("eu", { "paris", "ohio", "frankfurt" })
        expect(aihub.test.fallback(facts, { provider = "paris", model = "m" }).provider).to_be("frankfurt")
        expect(aihub.test.fallback(facts, { provider = "frankfurt", model = "m" })).to_equal({ stop = true })
    end)
end)

describe("other keys", function()
    it("go where the configuration says", function()
        expect(aihub.test.admit(call(nil, { "ohio" })).allow).to_be(true)
        expect(chosen(aihub.test.route(call(nil, { "ohio", "paris" })))).to_equal({ "ohio", "paris" })
    end)
end)
