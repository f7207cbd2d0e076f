-- expect: stopped
-- Arithmetic reads the whole string each time.
return function(ctx)
    local digits, sum = ("0"):rep(100000) .. "1", 0
    while true do sum = sum + digits end
end
