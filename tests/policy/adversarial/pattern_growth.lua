-- expect: failed
return function(ctx)
    local text = "xx"
    while true do text = text:gsub("x", "xxxx") end
end
