-- expect: error
-- says: pattern too complex
return function(ctx)
    return (("a"):rep(1000)):find(("a?"):rep(500))
end
