-- expect: error
-- says: the bundle has no data
return function(ctx)
    return aihub.table("../route")
end
