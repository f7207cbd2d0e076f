local outcome = { provider = "openai", model = "next-model", status = 200 }

local function label(model, tag)
    return aihub.test.label({ model = model, tags = { canary = tag } }, outcome)
end

it("the label says to which group a call belongs", function()
    expect(label("chat", "always")).to_equal({ canary = "new" })
    expect(label("chat", "never")).to_equal({ canary = "old" })
end)

it("calls without a canary have no label", function()
    expect(label("other", "always")).to_equal({})
end)
