-- expect: decision
-- Tables have no finalizers in this interpreter: nothing runs, and the state can be closed.
return function(ctx)
    for _ = 1, 100 do
        setmetatable({}, { __gc = function() while true do end end })
    end
    return { candidates = { { provider = "p", model = "m" } } }
end
