-- A call that no provider of its region can take is refused here, with a reason that its client can read; so is one that
-- names no model, as its client has chosen the provider and no route is asked.
local residency = aihub.require("residency")

local function admit(ctx)
    if ctx.tags.residency and #residency.allowed(ctx) == 0 then
        return {
            allow = false,
            code = "no_provider_in_region",
            message = "there is no provider for this call in the region that the key is bound to",
        }
    end
    return { allow = true }
end

return admit
