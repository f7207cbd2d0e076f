-- expect: decision
-- Nothing that leads out of the script is there, under any of its names.
return function(ctx)
    local try = {
        function() return _G end, function() return io end, function() return os end, function() return debug end,
        function() return jit end, function() return ffi end, function() return package end,
        function() return require end, function() return load end, function() return loadstring end,
        function() return loadfile end, function() return dofile end, function() return module end,
        function() return newproxy end, function() return getfenv end, function() return setfenv end,
        function() return rawset end, function() return collectgarbage end, function() return print end,
        function() return next end, function() return gcinfo end, function() return coroutine end,
        function() return xpcall end, function() return math.random end, function() return math.randomseed end,
        function() return string.dump end, function() return table.foreach end, function() return bit.nothing end,
    }
    for i, get in ipairs(try) do
        local found, value = pcall(get)
        assert(not found, "door " .. i .. " is open")
    end
    return { candidates = { { provider = "p", model = "m" } } }
end
