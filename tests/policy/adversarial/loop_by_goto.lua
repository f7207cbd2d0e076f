-- expect: stopped
return function(ctx)
    ::again::
    goto again
end
