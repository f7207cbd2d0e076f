-- expect: stopped
return function(ctx)
    local kept = {}
    for i = 1, 1e9 do
        kept[i] = aihub.money(i % 1000)
    end
end
