-- expect: load
-- says: route.lua:4: stopped after
-- The line is that of the loop.
while true do end
return function(ctx) end
