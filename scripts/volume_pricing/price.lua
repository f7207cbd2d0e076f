-- Who takes more pays less for each: the volume of the customer decides on the tier of all tokens of the call. It is the
-- tag `month_tokens` of the key, as it was when the call was admitted.
local tier_of = aihub.require("price_tiers")
local tokens = aihub.require("tokens")

tokens.check(aihub.table("prices"))

-- Without the tag nothing was taken yet. A tag that is no number fails: the call is unrated rather than wrong.
local function volume_of(quote)
    local text = quote.tags.month_tokens or "0"
    return assert(text:match("^%d+$") and tonumber(text), "the tag month_tokens is no number: " .. text)
end

local function price(usage, quote)
    return { currency = quote.currency, lines = tokens.lines(usage, tier_of(quote.model, volume_of(quote))) }
end

return price
