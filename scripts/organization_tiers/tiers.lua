-- What each tier may have. An organization's tier is the tag `tier` of its keys; without one it is "free".
local tiers = {
    free = { input_tokens_max = 8000, images = false, limit_class = "free" },
    team = { input_tokens_max = 100000, images = true, limit_class = "team" },
    enterprise = { images = true, limit_class = "enterprise", dedicated = "dedicated-*" },
}

local shape = aihub.require("shape")
for name, tier in pairs(tiers) do
    shape("tier " .. name, tier, {
        input_tokens_max = "number?",
        images = "boolean",
        limit_class = "string",
        dedicated = "string?",
    })
end

-- The tier of a call.
return function(ctx)
    return tiers[ctx.tags.tier or "free"] or tiers.free
end
