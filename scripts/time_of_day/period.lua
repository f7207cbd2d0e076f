-- Which period of the settings holds for a call, at the local time of its key.
local settings = aihub.require("settings")
local shape = aihub.require("shape")
local calendar = aihub.require("calendar")
local zone = aihub.require("zone")

shape("settings", settings, {
    zones = "table",
    zone_default = "string",
    periods = "table",
    otherwise = "table",
    holidays = "table",
})
shape("otherwise", settings.otherwise, { name = "string", prefer = "table", batch = "boolean" })

local local_times = {}
for name, one in pairs(settings.zones) do
    local_times[name] = zone(name, one)
end
assert(local_times[settings.zone_default], "zone_default is not one of zones")

-- "08:30" in minutes, or an error.
local function minutes(text)
    local hours, rest = text:match("^(%d%d):(%d%d)$")
    assert(hours and hours + 0 < 24 and rest + 0 < 60, "a time is written 08:30, not " .. text)
    return hours * 60 + rest
end

local holidays = {}
for _, text in ipairs(settings.holidays) do
    holidays[calendar.parse(text)] = true
end

local periods = {}
for i, period in ipairs(settings.periods) do
    shape("period " .. i, period, {
        name = "string",
        days = "table",
        from = "string",
        to = "string",
        prefer = "table",
        batch = "boolean",
    })
    local from, to, weekdays = minutes(period.from), minutes(period.to), {}
    for _, weekday in ipairs(period.days) do
        weekdays[weekday] = true
    end
    periods[i] = { from = from, to = to > from and to or to + 1440, weekdays = weekdays, settings = period }
end

-- Whether the minute, counted from the beginning of `day`, is in the period that begins on this day.
local function holds(period, day, minute)
    return period.weekdays[calendar.weekday(day)] and not holidays[day] and minute >= period.from and minute < period.to
end

-- The period of the settings that holds for the call.
return function(ctx)
    local local_time = local_times[ctx.tags.zone or ""] or local_times[settings.zone_default]
    local day, minute = local_time(aihub.now())
    for _, period in ipairs(periods) do
        if holds(period, day, minute) or holds(period, day - 1, minute + 1440) then
            return period.settings
        end
    end
    return settings.otherwise
end
