local tiers = aihub.require("tiers")

local function route(ctx)
    return { candidates = { { provider = tiers[ctx.tags.tier] or "shared", model = ctx.model } } }
end

return route
