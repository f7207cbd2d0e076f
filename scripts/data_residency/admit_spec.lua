local paris = { provider = "paris", model = "m", region = "eu-west" }
local ohio = { provider = "ohio", model = "m", region = "us" }
local nowhere = { provider = "nowhere", model = "m" }

local function admitted(residency, candidates)
    return aihub.test.admit({ tags = { residency = residency }, candidates = candidates })
end

it("a call is refused when no provider is in its region", function()
    expect(admitted("us", { paris, nowhere }).code).to_be("no_provider_in_region")
end)

it("a call is refused when it has no candidates, as one without a model", function()
    expect(admitted("us", {}).code).to_be("no_provider_in_region")
end)

it("a call is admitted when one is there, or when its key is bound to no region", function()
    expect(admitted("us", { paris, ohio }).allow).to_be(true)
    expect(admitted(nil, { ohio }).allow).to_be(true)
    expect(admitted(nil, {}).allow).to_be(true)
end)
