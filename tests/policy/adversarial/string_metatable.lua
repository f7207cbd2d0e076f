-- expect: decision
-- The methods of strings are the same for all scripts and hooks, so no script may touch them.
return function(ctx)
    assert(getmetatable("") == false)
    assert(not pcall(setmetatable, "", {}))
    assert(not pcall(function() string.upper = function() return "stolen" end end))
    assert(not pcall(function() string = nil end))
    assert(("a"):upper() == "A")
    return { candidates = { { provider = "p", model = "m" } } }
end
