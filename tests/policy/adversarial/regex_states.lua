-- expect: stopped
return function(ctx)
    -- Needs so many states that the fast way of matching gives up.
    local text = ("ab"):rep(32000)
    while true do
        aihub.re.match("(a|b)*a(a|b){14}c", text)
    end
end
