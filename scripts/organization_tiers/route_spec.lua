local candidates = {
    { provider = "shared", model = "m" },
    { provider = "dedicated-1", model = "m" },
}

it("dedicated providers come first for those who have them", function()
    local decision = aihub.test.route({ tags = { tier = "enterprise" }, candidates = candidates })
    expect(decision.candidates[1].provider).to_be("dedicated-1")
    expect(decision.candidates[2].provider).to_be("shared")
end)

it("nobody else gets there", function()
    local decision = aihub.test.route({ tags = { tier = "team" }, candidates = candidates })
    expect(#decision.candidates).to_be(1)
    expect(decision.candidates[1].provider).to_be("shared")
end)
