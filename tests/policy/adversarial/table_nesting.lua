-- expect: stopped
return function(ctx)
    local all = {}
    while true do all = { all } end
end
