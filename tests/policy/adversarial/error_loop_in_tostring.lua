-- expect: stopped
return function(ctx)
    return tostring(setmetatable({}, { __tostring = function() while true do end end }))
end
