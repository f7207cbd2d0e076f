-- What an operator changes.
return {
    -- Local times: minutes ahead of UTC in winter, and when the clocks are an hour ahead of that: "eu" (last Sunday of
    -- March to last Sunday of October), "us" (second Sunday of March to first Sunday of November), or "none".
    zones = {
        berlin = { offset_minutes = 60, summer = "eu" },
        new_york = { offset_minutes = -300, summer = "us" },
        tokyo = { offset_minutes = 540, summer = "none" },
    },
    -- The zone of keys without the tag `zone`, or with one that is not listed.
    zone_default = "berlin",

    -- The first period that holds decides. `days`: 1 is Monday, 7 is Sunday. A period whose end is not behind its
    -- beginning goes over midnight, and belongs to the day on which it begins. `prefer`: patterns of providers that
    -- come first, in this order. `batch`: whether calls of keys with the tag `batch` = "yes" are taken.
    periods = {
        {
            name = "office",
            days = { 1, 2, 3, 4, 5 },
            from = "08:00",
            to = "18:00",
            prefer = { "fast-*" },
            batch = false,
        },
        {
            name = "night",
            days = { 1, 2, 3, 4, 5, 6, 7 },
            from = "22:00",
            to = "06:00",
            prefer = { "cheap-*", "slow-*" },
            batch = true,
        },
    },
    -- At any other time.
    otherwise = { name = "otherwise", prefer = {}, batch = true },

    -- Days on which no period begins: what holds then is `otherwise`, and until its end a night that began before.
    holidays = { "2026-12-25", "2027-01-01" },
}
