-- expect: stopped
local function again() return again() end
return function(ctx) return again() end
