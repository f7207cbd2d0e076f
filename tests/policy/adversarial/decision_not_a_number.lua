-- expect: bad_decision
-- says: number out of range
return function(ctx)
    return { candidates = { { provider = "p", model = "m", weight = 0 / 0 } } }
end
