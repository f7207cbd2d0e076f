local paris = { provider = "paris", model = "m", region = "eu-west" }
local ohio = { provider = "ohio", model = "m", region = "us" }
local nowhere = { provider = "nowhere", model = "m" }

local function admitted(residency, candidates)
    return aihub.test.admit({ tags = { residency = residency }, candidates = candidates })
end

it("a call is refused when no provider is in its region", function()
    expect(admitted("us", { paris, nowhere }).code).to_be("no_provider_in_region")
end)

it("a call is admitted when one is, or when its key is bound to none, or when they are not known yet", function()
    expect(admitted("us", { paris, ohio }).allow).to_be(true)
    expect(admitted(nil, { ohio }).allow).to_be(true)
    expect(admitted("us", {}).allow).to_be(true)
end)
