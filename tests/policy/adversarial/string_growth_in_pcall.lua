-- expect: stopped
-- Memory errors can be caught like others; this one cannot.
return function(ctx)
    local text = ("x"):rep(1000)
    while true do
        pcall(function() while true do text = text .. text end end)
    end
end
