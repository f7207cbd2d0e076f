-- expect: failed
return function(ctx)
    local function grow(...) return grow(1, 2, 3, 4, ...) end
    return grow()
end
