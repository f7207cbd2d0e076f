-- expect: stopped
return function(ctx)
    while true do
        pcall(aihub.count, "a")
    end
end
