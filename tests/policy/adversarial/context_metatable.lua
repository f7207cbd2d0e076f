-- expect: decision
return function(ctx)
    assert(getmetatable(ctx) == false)
    assert(not pcall(setmetatable, ctx, {}))
    assert(not pcall(pairs, ctx))
    return { candidates = { { provider = "p", model = "m" } } }
end
