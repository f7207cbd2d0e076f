-- What an operator changes. Prices are for a million tokens and in one currency; they order candidates and bill nobody.
return {
    -- The tag of a key that says what quality its calls need; keys without it, or with another word, need the default.
    quality_tag = "quality",
    quality_default = "good",
    -- From low to high. A call goes to models of its quality or of a higher one.
    qualities = { "basic", "good", "best" },

    -- By the name of a candidate's model. One that is not listed has the default quality, takes prompts of any length and
    -- costs what the configuration says of its provider.
    models = {
        ["small-model"] = { quality = "basic", context_tokens = 128000, price_input = 0.15, price_output = 0.60 },
        ["medium-model"] = { quality = "good", context_tokens = 200000, price_input = 1.00, price_output = 5.00 },
        ["large-model"] = { quality = "best", context_tokens = 200000, price_input = 5.00, price_output = 25.00 },
    },

    -- How long answers are on average: calls may ask for far more than they use.
    output_tokens_usual = 500,
    -- A provider with a larger share of errors comes last, as one does that is not healthy.
    error_rate_max = 0.2,
}
