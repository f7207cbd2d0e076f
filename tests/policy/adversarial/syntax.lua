-- expect: load
-- says: route.lua
return function(ctx)
    if ctx then
end
