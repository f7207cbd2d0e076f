-- expect: stopped
-- The result is there already, so nothing is allocated; the copying takes its time all the same.
return function(ctx)
    local half = ("x"):rep(100000)
    local whole = half .. half
    while true do whole = half .. half end
end
