-- expect: stopped
return function(ctx)
    -- Each is compiled anew: more than the cache holds.
    local i = 0
    while true do
        i = i + 1
        pcall(aihub.re.match, "x{" .. i % 900 .. "}[^a]{50}" .. i, "x")
    end
end
