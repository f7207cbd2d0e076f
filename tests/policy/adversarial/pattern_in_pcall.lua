-- expect: stopped
return function(ctx)
    while true do
        pcall(string.match, ("a"):rep(3000), ".-.-.-.-b")
    end
end
