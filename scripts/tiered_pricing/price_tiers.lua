-- The tiers of each model, as they stand in prices.csv. The same file in each bundle that needs it.
local by_model = {}
for name, row in pairs(aihub.table("prices")) do
    local tiers = by_model[row.model] or {}
    local last = tiers[#tiers]
    assert(last and row.above > last.above or not last and row.above == 0, name .. ": tiers begin at 0 and rise")
    tiers[#tiers + 1] = row
    by_model[row.model] = tiers
end

-- The tier of the model that `count` lies in: the last one that it is above of. An error when the model has none.
return function(model, count)
    local tiers = by_model[model]
    assert(tiers, "prices.csv has no tier for " .. model)
    local found = tiers[1]
    for _, tier in ipairs(tiers) do
        found = count > tier.above and tier or found
    end
    return found
end
