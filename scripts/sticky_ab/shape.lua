-- Checks what operators write when the bundle is loaded, so that `aihub policy lint` says what is misspelt or missing.
-- The same file in each bundle.

-- `where` names the table in errors. `shape` has the type of each member, with "?" behind it when it may be left out.
return function(where, value, shape)
    assert(type(value) == "table", where .. " has to be a table")
    for name in pairs(value) do
        assert(shape[name], ("%s has a member that is not known: %s"):format(where, tostring(name)))
    end
    for name, kind in pairs(shape) do
        local found = type(value[name])
        local fits = found == kind or found .. "?" == kind or found == "nil" and kind:sub(-1) == "?"
        assert(fits, ("%s needs a %s %s; it is %s"):format(where, (kind:gsub("%?", "")), name, found))
    end
end
