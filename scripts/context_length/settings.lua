-- What an operator changes.
return {
    -- From short to long: prompts with their answers of up to `tokens_max` go to candidates whose model fits one of the
    -- patterns (`*` is any number of letters). A model that is in no tier is tried last.
    tiers = {
        { tokens_max = 16000, models = { "small-*" } },
        { tokens_max = 128000, models = { "medium-*" } },
        { tokens_max = 1000000, models = { "long-*" } },
    },
    -- Room for the answer when the call does not say how long it may be.
    output_tokens_usual = 1000,
    -- Tokens are estimated, so this much is added.
    margin_percent = 5,
}
