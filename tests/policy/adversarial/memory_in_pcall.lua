-- expect: memory
return function(ctx)
    while true do
        pcall(function()
            local all = {}
            for i = 1, 1e9 do all[i] = i end
        end)
    end
end
