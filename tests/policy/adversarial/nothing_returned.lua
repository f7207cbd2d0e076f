-- expect: load
-- says: end it with `return route`
local function route(ctx) return {} end
