-- expect: error
-- says: there is no coroutine here
return function(ctx)
    coroutine.wrap(function() while true do end end)()
end
