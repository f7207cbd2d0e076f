-- expect: error
-- says: is no amount of money
return function(ctx)
    local money = aihub.money(("9"):rep(100000))
    return { candidates = { { provider = money:text(), model = "m" } } }
end
