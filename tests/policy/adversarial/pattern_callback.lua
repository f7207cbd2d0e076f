-- expect: stopped
return function(ctx)
    return (("x"):rep(10)):gsub("x", function() while true do end end)
end
