-- expect: error
-- says: there is no xpcall here
-- A handler runs while the interpreter has its hooks off, so nothing could stop this one.
return function(ctx)
    xpcall(function() while true do end end, function() while true do end end)
end
