local large = { provider = "east", model = "large-model" }
local medium = { provider = "east", model = "medium-model" }
local small = { provider = "west", model = "small-model" }
local all = { large, medium, small }

-- Which models come, in their order.
local function chosen(facts)
    local names = {}
    for i, candidate in ipairs(aihub.test.route(facts).candidates) do
        names[i] = candidate.model
    end
    return names
end

describe("quality", function()
    it("is that of the key's tag, or a higher one, cheapest first", function()
        expect(chosen({ candidates = all, tags = { quality = "basic" } })).to_equal(
            { "small-model", "medium-model", "large-model" }
        )
        expect(chosen({ candidates = all, tags = { quality = "best" } })).to_equal({ "large-model" })
    end)
    it("is the default without a tag, and with a word that is not known", function()
        expect(chosen({ candidates = all })).to_equal({ "medium-model", "large-model" })
        expect(chosen({ candidates = all, tags = { quality = "superb" } })).to_equal({ "medium-model", "large-model" })
    end)
end)

describe("length", function()
    local basic = { quality = "basic" }
    it("leaves out models that the prompt and its answer do not fit into", function()
        local facts = { candidates = all, tags = basic, input_tokens = 127000, output_tokens_max = 1000 }
        expect(chosen(facts)[1]).to_be("small-model")
        facts.output_tokens_max = 1001
        expect(chosen(facts)).to_equal({ "medium-model", "large-model" })
    end)
    it("keeps the order of the configuration when nothing fits", function()
        local facts = { candidates = { large, small }, tags = basic, input_tokens = 300000 }
        expect(chosen(facts)).to_equal({ "large-model", "small-model" })
    end)
end)

describe("cost", function()
    local one = { provider = "one", model = "m" }
    local two = { provider = "two", model = "m" }
    local cheap_input = { price_input = 1, price_output = 10 }
    local cheap_output = { price_input = 2, price_output = 4 }

    it("is that of the provider for models without a price", function()
        local providers = { one = cheap_input, two = { price_input = 0.5, price_output = 1 } }
        local decision = aihub.test.route({ candidates = { one, two }, providers = providers, input_tokens = 1000 })
        expect(decision.candidates[1].provider).to_be("two")
    end)
    it("counts input and output", function()
        local facts = { candidates = { one, two }, providers = { one = cheap_input, two = cheap_output } }
        facts.input_tokens = 10000
        expect(aihub.test.route(facts).candidates[1].provider).to_be("one")
        facts.input_tokens = 100
        expect(aihub.test.route(facts).candidates[1].provider).to_be("two")
    end)
    it("expects no longer answer than the call allows", function()
        local facts = { candidates = { one, two }, providers = { one = cheap_input, two = cheap_output } }
        facts.input_tokens, facts.output_tokens_max = 100, 10
        expect(aihub.test.route(facts).candidates[1].provider).to_be("one")
    end)
    it("that is not known comes behind every one that is", function()
        local facts = { candidates = { one, two }, providers = { one = { price_input = 0 }, two = cheap_output } }
        expect(aihub.test.route(facts).candidates[1].provider).to_be("two")
        expect(aihub.test.route({ candidates = { one, two } }).candidates[1].provider).to_be("one")
    end)
end)

describe("health", function()
    it("comes before cost: those in trouble are the last resort", function()
        local facts = { candidates = all, tags = { quality = "basic" }, providers = { west = { healthy = false } } }
        expect(chosen(facts)).to_equal({ "medium-model", "large-model", "small-model" })
        facts.providers = { east = { error_rate = 0.1 }, west = { error_rate = 0.3 } }
        expect(chosen(facts)).to_equal({ "medium-model", "large-model", "small-model" })
    end)
end)
