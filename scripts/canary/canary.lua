-- Who gets the new candidate. The same caller always has the same answer, on every node and after a restart.
local settings = aihub.require("settings")
local shape = aihub.require("shape")

local by_model = {}
for i, one in ipairs(settings) do
    shape("canary " .. i, one, {
        model = "string",
        provider = "string",
        candidate_model = "string",
        percent = "number",
        salt = "string",
    })
    assert(one.percent >= 0 and one.percent <= 100, "percent of canary " .. i .. " is not 0 to 100")
    assert(not by_model[one.model], "there are two canaries for " .. one.model)
    by_model[one.model] = one
end

-- The user, else the key, else the session; without any of them nobody can keep what he got.
local function unit_of(ctx)
    for _, unit in ipairs({ ctx.user, ctx.key, ctx.session }) do
        if unit ~= "" then
            return unit
        end
    end
    return nil
end

local function takes(ctx, one)
    local tag = ctx.tags.canary
    if tag == "always" or tag == "never" then
        return tag == "always"
    end
    local unit = unit_of(ctx)
    return unit ~= nil and aihub.bucket("canary:" .. one.model, unit, one.salt) < one.percent * 100
end

local canary = {}

-- The canary of the model that is asked for, or nil; and whether this call gets the new candidate.
function canary.of(ctx)
    local one = by_model[ctx.model]
    return one, one ~= nil and takes(ctx, one)
end

return canary
