local all = {
    { provider = "p", model = "long-1" },
    { provider = "p", model = "other" },
    { provider = "p", model = "medium-1" },
    { provider = "q", model = "small-1" },
    { provider = "p", model = "small-2" },
}

local function chosen(input_tokens, output_tokens_max, candidates)
    local decision = aihub.test.route({
        input_tokens = input_tokens,
        output_tokens_max = output_tokens_max,
        candidates = candidates or all,
    })
    local names = {}
    for i, candidate in ipairs(decision.candidates) do
        names[i] = candidate.model
    end
    return names
end

describe("a prompt", function()
    it("that is short goes to the small models, in the order of the configuration, then to longer ones", function()
        expect(chosen(100)).to_equal({ "small-1", "small-2", "medium-1", "long-1", "other" })
    end)
    it("of the middle goes to the middle, never to one that is too short", function()
        expect(chosen(50000)).to_equal({ "medium-1", "long-1", "other" })
    end)
    it("that is long goes to the long ones", function()
        expect(chosen(200000)).to_equal({ "long-1", "other" })
    end)
    it("that is too long for all goes to the models of no tier", function()
        expect(chosen(2000000)).to_equal({ "other" })
    end)
    it("that fits nowhere goes where the configuration says", function()
        expect(chosen(2000000, 0, { all[1], all[4] })).to_equal({ "long-1", "small-1" })
    end)
end)

describe("the edge of a tier", function()
    it("counts the margin and the answer: 1.05 * 10000 + 5500 are 16000", function()
        expect(chosen(10000, 5500)[1]).to_be("small-1")
        expect(chosen(10000, 5501)[1]).to_be("medium-1")
    end)
    it("counts the usual answer when the call names none", function()
        expect(chosen(14285)[1]).to_be("small-1")
        expect(chosen(14286)[1]).to_be("medium-1")
    end)
end)
