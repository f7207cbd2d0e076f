-- expect: error
-- says: JSON text may have
return function(ctx)
    return aihub.json.decode(("1"):rep(100000))
end
