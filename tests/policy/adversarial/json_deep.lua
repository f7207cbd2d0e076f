-- expect: error
-- says: nested deeper
return function(ctx)
    return aihub.json.decode(("["):rep(60000))
end
