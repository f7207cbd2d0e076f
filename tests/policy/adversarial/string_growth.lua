-- expect: memory
return function(ctx)
    local text = "x"
    while true do text = text .. text end
end
