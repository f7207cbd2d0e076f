-- The lines of a call that is paid by its tokens. The same file in each bundle that needs it.
local million = 1000000
local zero = aihub.money("0")

local tokens = {}

-- Checks a table of prices when the bundle is loaded: each line has its columns, and no price is below zero.
function tokens.check(prices)
    for name, row in pairs(prices) do
        assert(row.input and row.output, "prices.csv: " .. name .. " needs a price of input and one of output")
        for _, column in ipairs({ "input", "cache_read", "cache_write", "cache_write_1h", "output" }) do
            assert((row[column] or zero) >= zero, "prices.csv: " .. column .. " of " .. name .. " is below 0")
        end
    end
end

-- `row` has the prices of a million tokens: `input` and `output`, and where those of the cache are empty, its tokens
-- cost what input costs. Counts that do not fit together fail, and the call is unrated rather than wrong.
function tokens.lines(usage, row)
    assert(usage.known, "the provider did not say what was used")
    local lines = {}
    local function add(kind, quantity, unit)
        if quantity ~= 0 then
            lines[#lines + 1] = { kind = kind, quantity = quantity, unit = unit, unit_size = million }
        end
    end
    local cache_write = row.cache_write or row.input
    add("input_tokens", usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens, row.input)
    add("cache_read_tokens", usage.cache_read_tokens, row.cache_read or row.input)
    add("cache_write_tokens", usage.cache_write_tokens - usage.cache_write_1h_tokens, cache_write)
    add("cache_write_1h_tokens", usage.cache_write_1h_tokens, row.cache_write_1h or cache_write)
    add("output_tokens", usage.output_tokens, row.output)
    return lines
end

return tokens
