-- expect: stopped
return function(ctx)
    local list = {}
    for i = 1, 1000 do list[i] = "x" end
    while true do table.concat(list, ("y"):rep(100)) end
end
