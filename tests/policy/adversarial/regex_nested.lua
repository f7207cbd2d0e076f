-- expect: error
-- says: this is no regular expression
return function(ctx)
    return aihub.re.match("((a{100}){100}){100}", "x")
end
