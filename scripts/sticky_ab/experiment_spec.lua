local function choice(tag, model)
    return aihub.test.experiment({ model = model or "chat", tags = { experiments = tag } }).answer_model
end

describe("who takes part", function()
    it("is everybody who asks for the model", function()
        expect(choice(nil)).to_be(true)
        expect(choice("nonsense")).to_be(true)
        expect(choice(nil, "other")).to_be(false)
    end)
    it("is not a key that was taken out", function()
        expect(choice("off")).to_be(false)
    end)
    it("is a tester, in the arm of the key's tag", function()
        expect(choice("small")).to_be("small")
        expect(choice("control")).to_be("control")
    end)
end)
