-- expect: decision
return function(ctx)
    for i = 1, 200 do
        aihub.count("n" .. i)
    end
    assert(not pcall(aihub.count, "a", -1))
    assert(not pcall(aihub.count, "a\0b"))
    return { candidates = { { provider = "p", model = "m" } } }
end
