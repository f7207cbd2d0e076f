-- expect: error
-- says: longer than 1024 bytes
return function(ctx)
    return ("a"):find(("a"):rep(2000) .. "*")
end
