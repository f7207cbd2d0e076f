local regions = { frankfurt = "eu", paris = "eu-west", ["eu-w"] = "eu-w", ohio = "us", nowhere = "" }

local function chosen(residency, names)
    local candidates = {}
    for i, name in ipairs(names) do
        candidates[i] = { provider = name, model = "m", region = regions[name] }
    end
    local decision = aihub.test.route({ tags = { residency = residency }, candidates = candidates })
    local found = {}
    for i, candidate in ipairs(decision.candidates) do
        found[i] = candidate.provider
    end
    return found
end

describe("keys with a residency", function()
    it("stay in their region, in the order of the configuration", function()
        expect(chosen("eu", { "ohio", "paris", "nowhere", "frankfurt" })).to_equal({ "paris", "frankfurt" })
        expect(chosen("us", { "ohio", "paris" })).to_equal({ "ohio" })
    end)
    it("never leave it, not even when nobody is there", function()
        expect(function()
            chosen("eu", { "ohio", "nowhere" })
        end).to_fail_with("the decision has no candidates")
    end)
    it("do not stay in a region whose name only begins alike", function()
        expect(chosen("eu-w", { "paris", "frankfurt", "ohio", "eu-w" })).to_equal({ "eu-w" })
    end)
end)

describe("other keys", function()
    it("go where the configuration says", function()
        expect(chosen(nil, { "ohio", "paris" })).to_equal({ "ohio", "paris" })
    end)
end)
