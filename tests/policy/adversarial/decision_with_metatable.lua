-- expect: bad_decision
-- says: lacks a table "candidates"
return function(ctx)
    return setmetatable({}, {
        __index = function() while true do end end,
        __pairs = function() while true do end end,
        __len = function() while true do end end,
    })
end
