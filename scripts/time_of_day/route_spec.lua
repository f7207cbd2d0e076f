local candidates = {
    { provider = "ordinary", model = "m" },
    { provider = "slow-1", model = "m" },
    { provider = "cheap-1", model = "m" },
    { provider = "fast-1", model = "m" },
}
local office = { "fast-1", "ordinary", "slow-1", "cheap-1" }
local night = { "cheap-1", "slow-1", "ordinary", "fast-1" }
local otherwise = { "ordinary", "slow-1", "cheap-1", "fast-1" }

-- The order of the providers at a second of UTC since 1970.
local function at(now, zone)
    local names = {}
    local decision = aihub.test.route({ now = now, candidates = candidates, tags = { zone = zone } })
    for i, candidate in ipairs(decision.candidates) do
        names[i] = candidate.provider
    end
    return names
end

describe("office hours", function()
    it("begin and end to the second", function()
        expect(at(1795417199)).to_equal(otherwise) -- Monday 2026-11-23, 07:59:59 in Berlin
        expect(at(1795417200)).to_equal(office) -- 08:00:00
        expect(at(1795453199.9)).to_equal(office) -- 17:59:59.9
        expect(at(1795453200)).to_equal(otherwise) -- 18:00:00
    end)
    it("are an hour earlier in UTC in summer", function()
        expect(at(1782885599)).to_equal(otherwise) -- Wednesday 2026-07-01, 07:59:59 in Berlin, 05:59:59 in UTC
        expect(at(1782885600)).to_equal(office)
    end)
    it("are not on Sundays and holidays", function()
        expect(at(1795348800)).to_equal(otherwise) -- Sunday 2026-11-22, 13:00
        expect(at(1798200000)).to_equal(otherwise) -- Friday 2026-12-25, 13:00
    end)
end)

describe("the night", function()
    it("goes over midnight, to the second", function()
        expect(at(1795467599)).to_equal(otherwise) -- Monday 21:59:59
        expect(at(1795467600)).to_equal(night) -- 22:00:00
        expect(at(1795496399)).to_equal(night) -- Tuesday 05:59:59
        expect(at(1795496400)).to_equal(otherwise) -- 06:00:00
    end)
    it("belongs to the day on which it begins", function()
        expect(at(1798153200)).to_equal(night) -- Friday 2026-12-25, a holiday, 00:00: the night of Thursday
        expect(at(1798245000)).to_equal(otherwise) -- Saturday 01:30: there is no night of the holiday
    end)
end)

describe("the clocks change", function()
    it("in Berlin at 01:00 UTC", function()
        -- Sunday 2026-03-29: the night ends at 06:00, which is 04:00 UTC, no longer 05:00
        expect(at(1774756799)).to_equal(night)
        expect(at(1774756800)).to_equal(otherwise)
        -- Sunday 2026-10-25: at 05:00 UTC again
        expect(at(1792904399)).to_equal(night)
        expect(at(1792904400)).to_equal(otherwise)
    end)
    it("in New York at 02:00 of the local time", function()
        -- Sunday 2026-03-08: the night ends at 06:00, which is 10:00 UTC
        expect(at(1772963999, "new_york")).to_equal(night)
        expect(at(1772964000, "new_york")).to_equal(otherwise)
        -- Sunday 2026-11-01: at 11:00 UTC
        expect(at(1793530799, "new_york")).to_equal(night)
        expect(at(1793530800, "new_york")).to_equal(otherwise)
    end)
    it("in Tokyo never", function()
        expect(at(1782860399, "tokyo")).to_equal(otherwise) -- Wednesday 2026-07-01, 07:59:59
        expect(at(1782860400, "tokyo")).to_equal(office)
        expect(at(1767654000, "tokyo")).to_equal(office) -- Tuesday 2026-01-06, 08:00:00
    end)
end)

describe("a zone that is not listed", function()
    it("is the default", function()
        expect(at(1795417200, "atlantis")).to_equal(office)
    end)
end)
