-- expect: stopped
return function(ctx)
    local list = {}
    while true do table.insert(list, 1, 1) end
end
