-- expect: stopped
return function(ctx)
    local text = "[" .. ("[],"):rep(20000) .. "1]"
    while true do
        pcall(aihub.json.decode, text)
    end
end
