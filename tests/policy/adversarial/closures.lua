-- expect: stopped
return function(ctx)
    local all, n = {}, 0
    while true do
        n = n + 1
        all[n] = function() return n, all end
    end
end
