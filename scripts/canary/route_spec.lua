local old = { provider = "openai", model = "this-model" }
local new = { provider = "openai", model = "next-model" }

local function call(facts)
    facts.model = facts.model or "chat"
    facts.candidates = facts.candidates or { old, new }
    return facts
end

local function chosen(facts)
    local names = {}
    for i, candidate in ipairs(aihub.test.route(call(facts)).candidates) do
        names[i] = candidate.model
    end
    return names
end

local with_new = { "next-model", "this-model" }
local without = { "this-model" }

describe("the share", function()
    it("of the callers that get the new candidate is that of the settings", function()
        local count = 0
        for i = 1, 2000 do
            count = count + #chosen({ user = "user " .. i }) - 1
        end
        expect(count > 70 and count < 130).to_be(true)
    end)
    it("is of users, else of keys, else of sessions, which are the same unit by the same name", function()
        for i = 1, 100 do
            local unit = "u" .. i
            local of_user = chosen({ user = unit, key = "k", session = "s" })
            expect(chosen({ key = unit, session = "s" })).to_equal(of_user)
            expect(chosen({ session = unit })).to_equal(of_user)
        end
    end)
    it("has nobody in it whom nothing identifies", function()
        expect(chosen({})).to_equal(without)
    end)
end)

describe("a caller", function()
    it("of the canary has the new candidate first and the others after it", function()
        expect(chosen({ tags = { canary = "always" } })).to_equal(with_new)
    end)
    it("gets it whatever the weights of the configuration are", function()
        local heavy = { provider = "openai", model = "this-model", weight = 9 }
        local decision = aihub.test.route(call({ tags = { canary = "always" }, candidates = { heavy, new } }))
        expect(decision.balance).to_be(nil)
    end)
    it("of the others never gets it", function()
        expect(chosen({ tags = { canary = "never" } })).to_equal(without)
    end)
    it("who asks for another model goes where the configuration says", function()
        expect(chosen({ model = "other", tags = { canary = "always" } })).to_equal({ "this-model", "next-model" })
    end)
    it("goes where the configuration says when the new one is the only one, or is not configured", function()
        expect(chosen({ tags = { canary = "never" }, candidates = { new } })).to_equal({ "next-model" })
        expect(chosen({ tags = { canary = "always" }, candidates = { old } })).to_equal(without)
    end)
end)
