-- expect: decision
-- What was kept shows the call that is running, never an earlier one.
local kept
return function(ctx)
    kept = kept or ctx
    return { candidates = { { provider = kept.request_id, model = "m" } } }
end
