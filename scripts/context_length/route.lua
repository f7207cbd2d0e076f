-- Short prompts go to the models for short ones, long ones to those that can take them. After a failure come the models
-- for longer prompts, never those that are too short.
local settings = aihub.require("settings")
local shape = aihub.require("shape")

shape("settings", settings, { tiers = "table", output_tokens_usual = "number", margin_percent = "number" })

local tokens_max = 0
for i, tier in ipairs(settings.tiers) do
    shape("tier " .. i, tier, { tokens_max = "number", models = "table" })
    assert(tier.tokens_max > tokens_max, "tier " .. i .. " is not longer than the one before")
    tokens_max = tier.tokens_max
end
local none = #settings.tiers + 1

local function tier_of(candidate)
    for i, tier in ipairs(settings.tiers) do
        for _, pattern in ipairs(tier.models) do
            if aihub.glob(pattern, candidate.model) then
                return i
            end
        end
    end
    return none
end

local function tier_for(ctx)
    local output = ctx.output_tokens_max > 0 and ctx.output_tokens_max or settings.output_tokens_usual
    local tokens = ctx.input_tokens * (1 + settings.margin_percent / 100) + output
    for i, tier in ipairs(settings.tiers) do
        if tokens <= tier.tokens_max then
            return i
        end
    end
    return none
end

local function route(ctx)
    local wanted = tier_for(ctx)
    local found = {}
    for _, candidate in ipairs(ctx.candidates) do
        local tier = tier_of(candidate)
        if tier >= wanted then
            found[#found + 1] = { tier = tier, candidate = candidate }
        end
    end
    if #found == 0 then
        return { candidates = ctx.candidates }
    end
    table.sort(found, function(a, b)
        return a.tier < b.tier
    end)
    local candidates = {}
    for i, one in ipairs(found) do
        candidates[i] = one.candidate
    end
    return { candidates = candidates }
end

return route
