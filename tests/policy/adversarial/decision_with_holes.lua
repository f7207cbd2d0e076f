-- expect: bad_decision
-- says: candidate
return function(ctx)
    return { candidates = { { provider = "p", model = "m" }, 7, { provider = {}, model = "m" } } }
end
