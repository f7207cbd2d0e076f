-- Of the candidates that are good enough and long enough the cheapest comes first, then the others by their cost.
local settings = aihub.require("settings")
local shape = aihub.require("shape")

shape("settings", settings, {
    quality_tag = "string",
    quality_default = "string",
    qualities = "table",
    models = "table",
    output_tokens_usual = "number",
    error_rate_max = "number",
})

local rank = {}
for i, quality in ipairs(settings.qualities) do
    rank[quality] = i
end
assert(rank[settings.quality_default], "quality_default is not one of qualities")
for name, model in pairs(settings.models) do
    shape("model " .. name, model, {
        quality = "string",
        context_tokens = "number?",
        price_input = "number?",
        price_output = "number?",
    })
    assert(rank[model.quality], "the quality of model " .. name .. " is not one of qualities")
end

local unlisted = { quality = settings.quality_default }

local function model_of(candidate)
    return settings.models[candidate.model] or unlisted
end

local function fits(ctx, candidate)
    local wanted = rank[ctx.tags[settings.quality_tag] or ""] or rank[settings.quality_default]
    local model = model_of(candidate)
    return rank[model.quality] >= wanted
        and ctx.input_tokens + ctx.output_tokens_max <= (model.context_tokens or math.huge)
end

-- The price of the model, else that of its provider; without one it is behind all that have one.
local function price(listed, hint)
    if listed then
        return listed
    end
    return hint and hint > 0 and hint or math.huge
end

local function cost(ctx, candidate, provider)
    local model = model_of(candidate)
    local output = settings.output_tokens_usual
    if ctx.output_tokens_max > 0 then
        output = math.min(output, ctx.output_tokens_max)
    end
    return math.max(ctx.input_tokens, 1) * price(model.price_input, provider.price_input)
        + output * price(model.price_output, provider.price_output)
end

local function before(a, b)
    if a.ill ~= b.ill then
        return b.ill
    end
    return a.cost < b.cost
end

local unknown = { healthy = true, error_rate = 0 }

local function route(ctx)
    local found = {}
    for _, candidate in ipairs(ctx.candidates) do
        if fits(ctx, candidate) then
            local provider = aihub.provider(candidate.provider) or unknown
            found[#found + 1] = {
                candidate = candidate,
                cost = cost(ctx, candidate, provider),
                ill = not provider.healthy or provider.error_rate > settings.error_rate_max,
            }
        end
    end
    if #found == 0 then
        return { candidates = ctx.candidates }
    end
    table.sort(found, before)
    local candidates = {}
    for i, one in ipairs(found) do
        candidates[i] = one.candidate
    end
    return { candidates = candidates }
end

return route
