-- expect: failed
local t = {}
setmetatable(t, { __index = function(self, key) return self[key .. "x"] end })
return function(ctx) return t.x end
