-- expect: stopped
return function(ctx)
    local text = ("a"):rep(100000)
    local wanted = ("a"):rep(50000) .. "b"
    while true do text:find(wanted, 1, true) end
end
