-- expect: failed
local function deeper(n) return 1 + deeper(n + 1) end
return function(ctx) return deeper(1) end
