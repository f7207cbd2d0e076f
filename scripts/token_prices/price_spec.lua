local money = aihub.money

local function cost(model, usage)
    return aihub.test.price(usage, { model = model }).total
end

describe("tokens", function()
    it("cost what the table says, exactly", function()
        -- 1000 * 2.50 / 1000000 + 200 * 10 / 1000000
        expect(cost("chat", { input_tokens = 1000, output_tokens = 200 })).to_be(money("0.0045"))
        expect(cost("fast", { input_tokens = 1, output_tokens = 1 })).to_be(money("0.00000075"))
    end)
    it("cost nothing when there are none", function()
        expect(cost("chat", {})).to_be(money("0"))
    end)
    it("of the cache have prices of their own", function()
        local usage = {
            input_tokens = 1000,
            cache_read_tokens = 500,
            cache_write_tokens = 300,
            cache_write_1h_tokens = 100,
            output_tokens = 10,
        }
        local decision = aihub.test.price(usage, { model = "strong" })
        local amounts = {}
        for i, line in ipairs(decision.lines) do
            amounts[i] = line.kind .. " " .. line.amount:text()
        end
        expect(amounts).to_equal({
            "input_tokens 0.0006",
            "cache_read_tokens 0.00015",
            "cache_write_tokens 0.00075",
            "cache_write_1h_tokens 0.0006",
            "output_tokens 0.00015",
        })
    end)
    it("of the cache cost what input costs where the table says nothing", function()
        local usage = { input_tokens = 1000, cache_read_tokens = 400, cache_write_tokens = 400 }
        expect(cost("embed", usage)).to_be(cost("embed", { input_tokens = 1000 }))
    end)
end)

describe("the line", function()
    it("is that of the model asked for, else of the one that answered", function()
        local usage = { model = "fast", input_tokens = 1000000 }
        expect(cost("chat", usage)).to_be(money("2.5"))
        expect(cost("unknown", usage)).to_be(money("0.15"))
    end)
end)

describe("a call has no price", function()
    it("when neither model is in the table", function()
        expect(function()
            cost("unknown", { model = "gone", input_tokens = 1 })
        end).to_fail_with("prices.csv has no line for unknown or gone")
    end)
    it("when the provider did not say what was used", function()
        expect(function()
            cost("chat", { known = false })
        end).to_fail_with("the provider did not say what was used")
    end)
    it("when the counts do not fit together", function()
        expect(function()
            cost("chat", { input_tokens = 1, cache_read_tokens = 2 })
        end).to_fail_with("quantity")
    end)
end)
