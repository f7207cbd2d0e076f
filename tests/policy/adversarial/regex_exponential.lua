-- expect: decision
return function(ctx)
    -- Patterns that take forever elsewhere.
    local text = ("a"):rep(5000) .. "!"
    assert(aihub.re.match("(a+)+$", text) == nil)
    assert(aihub.re.match("^(a|a)*$", text) == nil)
    assert(aihub.re.match("(x+x+)+y", ("x"):rep(5000)) == nil)
    return { candidates = { { provider = "p", model = "m" } } }
end
