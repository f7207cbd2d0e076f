-- expect: bad_decision
-- says: is not a table but a userdata
return function(ctx)
    return aihub.money("1")
end
