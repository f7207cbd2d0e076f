-- Images cost what prices.csv says of the model that was asked for, and tokens beside them where it has prices for them.
local prices = aihub.table("prices")
local million = 1000000
local zero = aihub.money("0")

for name, row in pairs(prices) do
    assert(row.image and row.input and row.output, "prices.csv: " .. name .. " needs all three prices")
    assert(row.image >= zero and row.input >= zero and row.output >= zero, "prices.csv: " .. name .. " is below 0")
end

local function price(usage, quote)
    local row = prices:get(quote.model)
    assert(row, "prices.csv has no line for " .. quote.model)
    assert(usage.known, "the provider did not say what was used")
    return {
        currency = quote.currency,
        lines = {
            { kind = "images", quantity = usage.images, unit = row.image },
            { kind = "input_tokens", quantity = usage.input_tokens, unit = row.input, unit_size = million },
            { kind = "output_tokens", quantity = usage.output_tokens, unit = row.output, unit_size = million },
        },
    }
end

return price
