-- expect: error
-- says: there is no newproxy here
-- Finalizers run with hooks off.
return function(ctx)
    local object = newproxy(true)
    getmetatable(object).__gc = function() while true do end end
end
