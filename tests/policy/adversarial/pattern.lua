-- expect: stopped
return function(ctx)
    return string.find(("a"):rep(3000), ("a-"):rep(8) .. "b")
end
