-- From UTC to local time: whole numbers only, as there is no table of time zones here.
local calendar = aihub.require("calendar")
local shape = aihub.require("shape")

local hour, day = 3600, 86400

-- When the clocks are an hour ahead, in seconds of UTC: from `first` up to `last`, of a year whose winter time is
-- `offset` seconds ahead of UTC.
local summers = {
    -- At 01:00 UTC everywhere.
    eu = function(year)
        return calendar.sunday_from(year, 3, 25) * day + hour, calendar.sunday_from(year, 10, 25) * day + hour
    end,
    -- At 02:00 of the local time that ends: winter time in March, summer time in November.
    us = function(year, offset)
        return calendar.sunday_from(year, 3, 8) * day + 2 * hour - offset,
            calendar.sunday_from(year, 11, 1) * day + hour - offset
    end,
    none = function()
        return math.huge, math.huge
    end,
}

-- Makes of a zone of the settings a function: the local day, and the minute of it, of a time in seconds since 1970.
return function(name, zone)
    shape("zone " .. name, zone, { offset_minutes = "number", summer = "string" })
    local summer = assert(summers[zone.summer], "the summer of zone " .. name .. ' is none of "eu", "us" and "none"')
    local offset = zone.offset_minutes * 60
    return function(now)
        local first, last = summer(calendar.year_of(math.floor((now + offset) / day)), offset)
        local seconds = math.floor(now) + offset + (now >= first and now < last and hour or 0)
        return math.floor(seconds / day), math.floor(seconds % day / 60)
    end
end
