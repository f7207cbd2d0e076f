-- expect: stopped
-- The error is caught, and what was caught is returned as if it were a decision.
return function(ctx)
    local decision = { candidates = { { provider = "p", model = "m" } } }
    return (pcall(function() while true do end end)) or decision
end
