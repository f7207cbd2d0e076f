-- The Gregorian calendar in whole numbers. A day is counted from 1970-01-01, which is day 0 and was a Thursday.
local calendar = {}

-- The day of a date. Years are taken to begin in March, so that the day of a leap year comes last.
function calendar.day_of(year, month, day)
    if month <= 2 then
        year, month = year - 1, month + 12
    end
    local leap_days = math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    return year * 365 + leap_days + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
end

-- The year in which a day lies: a guess that is never too late, and a year too early at most.
function calendar.year_of(day)
    local year = 1970 + math.floor(day / 366)
    while calendar.day_of(year + 1, 1, 1) <= day do
        year = year + 1
    end
    return year
end

-- 1 is Monday, 7 is Sunday.
function calendar.weekday(day)
    return (day + 3) % 7 + 1
end

-- The first Sunday on or after a date.
function calendar.sunday_from(year, month, day)
    local first = calendar.day_of(year, month, day)
    return first + 7 - calendar.weekday(first)
end

-- "2026-12-25", or an error.
function calendar.parse(text)
    local year, month, day = text:match("^(%d%d%d%d)-(%d%d)-(%d%d)$")
    assert(year, "a date is written 2026-12-25, not " .. text)
    return calendar.day_of(tonumber(year), tonumber(month), tonumber(day))
end

return calendar
