-- A call that no provider of its region can take is refused here, with a reason that its client can read. Where the
-- candidates are not known yet, it is `route` that lets none out of the region.
local residency = aihub.require("residency")

local function admit(ctx)
    if #ctx.candidates > 0 and #residency.allowed(ctx) == 0 then
        return {
            allow = false,
            code = "no_provider_in_region",
            message = "no provider of this model is in the region that the key is bound to",
        }
    end
    return { allow = true }
end

return admit
