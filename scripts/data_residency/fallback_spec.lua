local candidates = {
    { provider = "paris", model = "m", region = "eu-west" },
    { provider = "ohio", model = "m", region = "us" },
    { provider = "frankfurt", model = "m", region = "eu" },
}

local function after(provider, residency)
    local call = { tags = { residency = residency }, candidates = candidates }
    return aihub.test.fallback(call, { provider = provider, model = "m", kind = "timeout" })
end

it("the next one is in the region, too", function()
    expect(after("paris", "eu").provider).to_be("frankfurt")
end)

it("after the last one of the region there is none", function()
    expect(after("frankfurt", "eu")).to_equal({ stop = true })
    expect(after("ohio", "eu")).to_equal({ stop = true })
end)

it("other keys fall back in the order of the configuration", function()
    expect(after("paris").provider).to_be("ohio")
end)
