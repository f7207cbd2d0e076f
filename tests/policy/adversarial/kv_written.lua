-- expect: failed
-- says: aihub.kv.get was assigned
return function(ctx)
    aihub.kv.get = function() return "1" end
end
