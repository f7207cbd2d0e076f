-- expect: decision
return function(ctx)
    -- Amounts have no finalizer, and none can be given to them.
    local ran = false
    for i = 1, 100 do
        assert(not pcall(setmetatable, aihub.money(i), { __gc = function() ran = true end }))
    end
    assert(not ran)
    return { candidates = { { provider = "p", model = "m" } } }
end
