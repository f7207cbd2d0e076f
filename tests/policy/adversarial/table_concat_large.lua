-- expect: memory
return function(ctx)
    local list = {}
    for i = 1, 1000 do list[i] = "x" end
    return table.concat(list, ("y"):rep(1000))
end
