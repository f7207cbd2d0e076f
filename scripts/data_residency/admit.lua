-- A call that no provider of its region can take is refused. This hook does it, because it is the one whose failure
-- refuses a call: when `route` fails, the call goes where the configuration says.
local residency = aihub.require("residency")

local function admit(ctx)
    if #residency.allowed(ctx) == 0 then
        return {
            allow = false,
            code = "no_provider_in_region",
            message = "no provider of this model is in the region that the key is bound to",
        }
    end
    return { allow = true }
end

return admit
