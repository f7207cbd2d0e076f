-- Batch work waits for the hours that take it. Its keys have the tag `batch` = "yes".
local period_of = aihub.require("period")

local function admit(ctx)
    local period = period_of(ctx)
    if ctx.tags.batch == "yes" and not period.batch then
        return {
            allow = false,
            code = "batch_hours",
            message = ('this key is for batch work, which is not taken in the period "%s"'):format(period.name),
        }
    end
    return { allow = true }
end

return admit
