-- A call costs what prices.csv says of the model that was asked for, however much was used.
local prices = aihub.table("prices")

for name, row in pairs(prices) do
    assert(row.request and row.request >= aihub.money("0"), "prices.csv: " .. name .. " needs a price of 0 or more")
end

local function price(usage, quote)
    local row = prices:get(quote.model)
    assert(row, "prices.csv has no line for " .. quote.model)
    local line = { kind = "requests", quantity = usage.requests, unit = row.request }
    return { currency = quote.currency, lines = { line } }
end

return price
