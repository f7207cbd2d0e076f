-- Tokens cost what prices.csv says; a line of its own has what the organization pays on top of that, or is spared.
local prices = aihub.table("prices")
local markups = aihub.table("markups")
local tokens = aihub.require("tokens")

tokens.check(prices)
-- A factor that is none is found when the bundle is loaded.
for _, row in pairs(markups) do
    assert(aihub.money("1"):times(row.factor) > aihub.money("0"), row.organization .. " has a factor of 0 or less")
end

local function sum_of(lines)
    local sum = aihub.money("0")
    for _, line in ipairs(lines) do
        sum = sum + line.unit:per(line.quantity, line.unit_size)
    end
    return sum
end

local function price(usage, quote)
    local row = prices:get(quote.model) or prices:get(usage.model)
    assert(row, "prices.csv has no line for " .. quote.model .. " or " .. usage.model)
    local markup = markups:get(quote.organization) or markups:get("*")
    assert(markup, "markups.csv has no line for " .. quote.organization .. " and none for all others, *")
    local lines = tokens.lines(usage, row)
    local sum = sum_of(lines)
    lines[#lines + 1] = { kind = "markup", quantity = 1, amount = sum:times(markup.factor) - sum }
    return { currency = quote.currency, lines = lines }
end

return price
