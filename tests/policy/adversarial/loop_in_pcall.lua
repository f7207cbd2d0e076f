-- expect: stopped
-- A script that catches the error gets no further than one instruction.
return function(ctx)
    while true do
        pcall(function() while true do end end)
    end
end
