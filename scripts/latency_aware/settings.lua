-- What an operator changes.
return {
    -- Candidates within this much of the fastest one count as equally fast and share the calls by their weights: not
    -- everybody runs to the one that was faster by a millisecond.
    close_percent = 15,
    -- Of a hundred calls, how many try another healthy candidate first: one that is never called has no latency.
    explore_percent = 2,
    -- A provider with a larger share of errors comes last, as one does that is not healthy.
    error_rate_max = 0.2,
}
