-- expect: stopped
return function(ctx)
    local set = "[" .. ("xy"):rep(400) .. "]"
    local text = ("a"):rep(60000)
    while true do text:find(set) end
end
