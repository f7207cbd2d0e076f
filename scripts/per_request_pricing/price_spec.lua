local money = aihub.money

local function cost(model, usage)
    return aihub.test.price(usage, { model = model }).total
end

describe("a call", function()
    it("costs the same however much was used", function()
        expect(cost("chat", { input_tokens = 1 })).to_be(money("0.01"))
        expect(cost("chat", { input_tokens = 100000, output_tokens = 5000 })).to_be(money("0.01"))
    end)
    it("costs the same when the provider did not say what was used", function()
        expect(cost("fast", { known = false })).to_be(money("0.002"))
    end)
    it("of several requests costs that many times", function()
        expect(cost("search", { requests = 3 })).to_be(money("0.015"))
        expect(cost("search", { requests = 0 })).to_be(money("0"))
    end)
    it("has no price when its model is not in the table", function()
        expect(function()
            cost("unknown", {})
        end).to_fail_with("prices.csv has no line for unknown")
    end)
end)
