local candidates = {
    { provider = "openai", model = "medium-model" },
    { provider = "openai", model = "small-model" },
    { provider = "anthropic", model = "large-model" },
}

local function first(assignments, model)
    local decision = aihub.test.route({
        model = model or "chat",
        candidates = candidates,
        assignments = assignments,
    })
    expect(#decision.candidates).to_be(3)
    return decision.candidates[1].model
end

describe("an arm", function()
    it("has its candidate first and keeps the others", function()
        expect(first({ answer_model = "small" })).to_be("small-model")
        expect(first({ answer_model = "large" })).to_be("large-model")
    end)
    it("that is the control takes the order of the configuration", function()
        expect(first({ answer_model = "control" })).to_be("medium-model")
    end)
end)

describe("a call is one of the control", function()
    it("without an assignment", function()
        expect(first({})).to_be("medium-model")
        expect(first({ another = "small" })).to_be("medium-model")
    end)
    it("in an arm that is not in the settings", function()
        expect(first({ answer_model = "gone" })).to_be("medium-model")
    end)
    it("for another model", function()
        expect(first({ answer_model = "small" }, "other")).to_be("medium-model")
    end)
end)
