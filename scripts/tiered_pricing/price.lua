-- The length of the prompt decides on the tier, and the tier on the price of all tokens of the call.
local tier_of = aihub.require("price_tiers")
local tokens = aihub.require("tokens")

tokens.check(aihub.table("prices"))

local function price(usage, quote)
    return { currency = quote.currency, lines = tokens.lines(usage, tier_of(quote.model, usage.input_tokens)) }
end

return price
