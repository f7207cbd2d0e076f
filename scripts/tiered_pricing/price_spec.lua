local money = aihub.money

local function cost(model, usage)
    return aihub.test.price(usage, { model = model }).total
end

describe("a long prompt", function()
    it("has the higher price from the first token above the edge on", function()
        expect(cost("long", { input_tokens = 200000 })).to_be(money("0.25"))
        expect(cost("long", { input_tokens = 200001 })).to_be(money("0.5000025"))
    end)
    it("makes its answer and its cached tokens dearer, too", function()
        expect(cost("long", { input_tokens = 100, output_tokens = 1000 })).to_be(money("0.010125"))
        expect(cost("long", { input_tokens = 300000, cache_read_tokens = 300000, output_tokens = 1000 })).to_be(
            money("0.2025")
        )
    end)
end)

describe("a model with one tier", function()
    it("has one price", function()
        expect(cost("chat", { input_tokens = 400000 })).to_be(money("1"))
    end)
end)

describe("a call has no price", function()
    it("when its model is not in the table", function()
        expect(function()
            cost("unknown", { input_tokens = 1 })
        end).to_fail_with("prices.csv has no tier for unknown")
    end)
    it("when the provider did not say what was used", function()
        expect(function()
            cost("long", { known = false })
        end).to_fail_with("the provider did not say what was used")
    end)
end)
