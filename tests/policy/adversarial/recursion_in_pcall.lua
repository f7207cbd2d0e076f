-- expect: failed
local function deeper() pcall(deeper) deeper() end
return function(ctx) return deeper() end
