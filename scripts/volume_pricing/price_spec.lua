local money = aihub.money
local million = { input_tokens = 1000000 }

local function cost(month_tokens, model)
    return aihub.test.price(million, { model = model or "chat", tags = { month_tokens = month_tokens } }).total
end

describe("the tier", function()
    it("is that of the volume of the month, edge included in the lower one", function()
        expect(cost("0")).to_be(money("2.5"))
        expect(cost("100000000")).to_be(money("2.5"))
        expect(cost("100000001")).to_be(money("2.25"))
        expect(cost("5000000000")).to_be(money("2"))
    end)
    it("is the first without the tag", function()
        expect(cost(nil)).to_be(money("2.5"))
    end)
    it("is each model's own", function()
        expect(cost("5000000000", "fast")).to_be(money("0.15"))
    end)
end)

describe("a call has no price", function()
    it("when the tag is no number", function()
        for _, text in ipairs({ "many", "1e9", "-1", "" }) do
            expect(function()
                cost(text)
            end).to_fail_with("the tag month_tokens is no number")
        end
    end)
    it("when its model is not in the table", function()
        expect(function()
            cost("0", "unknown")
        end).to_fail_with("prices.csv has no tier for unknown")
    end)
end)
