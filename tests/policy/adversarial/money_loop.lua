-- expect: stopped
return function(ctx)
    local sum = aihub.money("0")
    while true do
        pcall(function() sum = sum + aihub.money("0.01") end)
    end
end
