-- expect: decision
return function(ctx)
    local money = aihub.money("1.5")
    assert(getmetatable(money) == false)
    assert(not pcall(setmetatable, money, {}))
    assert(not pcall(function() money.text = 1 end))
    assert(not pcall(rawget, money, "text"))
    assert(not pcall(pairs, money))
    assert(not pcall(money.text, ctx))
    assert(not pcall(money.times, setmetatable({}, {}), 1))
    assert(money:text() == "1.5")
    return { candidates = { { provider = "p", model = "m" } } }
end
