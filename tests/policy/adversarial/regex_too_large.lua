-- expect: error
-- says: pattern too large
return function(ctx)
    return aihub.re.match("[^a]{1000}.{1000}\\pL{1000}", "x")
end
