-- Tokens cost what prices.csv says of the model that was asked for, else of the one that answered.
local prices = aihub.table("prices")
local tokens = aihub.require("tokens")

tokens.check(prices)

local function price(usage, quote)
    local row = prices:get(quote.model) or prices:get(usage.model)
    assert(row, "prices.csv has no line for " .. quote.model .. " or " .. usage.model)
    return { currency = quote.currency, lines = tokens.lines(usage, row) }
end

return price
