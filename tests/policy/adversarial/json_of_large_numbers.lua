-- expect: decision
return function(ctx)
    local list = aihub.json.decode("[1e308, -1e308, 1e400, 123456789012345678901234567890]")
    assert(#list == 4)
    return { candidates = { { provider = "p", model = "m" } } }
end
