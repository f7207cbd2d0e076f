-- expect: bad_decision
-- says: too many candidates
return function(ctx)
    local candidates = {}
    for i = 1, 1000 do candidates[i] = { provider = "p", model = "m" } end
    return { candidates = candidates }
end
