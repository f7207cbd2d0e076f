local money = aihub.money

local function cost(model, usage)
    return aihub.test.price(usage, { model = model }).total
end

describe("images", function()
    it("cost what the table says of each", function()
        expect(cost("picture", { images = 1 })).to_be(money("0.04"))
        expect(cost("picture-large", { images = 4 })).to_be(money("0.48"))
        expect(cost("picture", {})).to_be(money("0"))
    end)
end)

describe("tokens", function()
    it("of the prompt are free where their price is 0", function()
        expect(cost("picture", { images = 1, input_tokens = 1000 })).to_be(money("0.04"))
    end)
    it("cost what the table says, beside the images", function()
        expect(cost("picture-with-text", { images = 1, input_tokens = 1000 })).to_be(money("0.035"))
    end)
end)

describe("a call has no price", function()
    it("when its model is not in the table", function()
        expect(function()
            cost("unknown", { images = 1 })
        end).to_fail_with("prices.csv has no line for unknown")
    end)
    it("when the provider did not say how many images it made", function()
        expect(function()
            cost("picture", { known = false })
        end).to_fail_with("the provider did not say what was used")
    end)
end)
