-- The tier of an organization says how long its prompts may be, whether they may have images, and which limits hold.
local tier_of = aihub.require("tiers")

local function refuse(code, message)
    return { allow = false, code = code, message = message }
end

local function admit(ctx)
    local tier = tier_of(ctx)
    if tier.input_tokens_max and ctx.input_tokens > tier.input_tokens_max then
        return refuse(
            "prompt_too_long",
            ("about %d tokens were sent; this tier may send %d"):format(ctx.input_tokens, tier.input_tokens_max)
        )
    end
    if ctx.has_images and not tier.images then
        return refuse("no_images", "images are not a part of this tier")
    end
    return { allow = true, limit_class = tier.limit_class }
end

return admit
