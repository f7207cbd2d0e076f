-- expect: stopped
return function(ctx)
    local function forever() while true do end end
    return select(2, pcall(pcall, pcall, forever)) or forever()
end
