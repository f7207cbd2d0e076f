-- expect: decision
return function(ctx)
    local list = {}
    for i = 1, 200 do list[i] = i end
    table.sort(list, function() return true end)
    local sum = 0
    for i = 1, 200 do sum = sum + list[i] end
    assert(sum == 20100)
    return { candidates = { { provider = "p", model = "m" } } }
end
