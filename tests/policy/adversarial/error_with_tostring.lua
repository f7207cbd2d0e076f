-- expect: error
-- says: no text
-- The error is looked at when the clock has stopped, so it must not run.
return function(ctx)
    error(setmetatable({}, { __tostring = function() while true do end end }))
end
