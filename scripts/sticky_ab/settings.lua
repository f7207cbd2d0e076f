-- What an operator changes. The shares of the arms stand in the configuration, under `experiments`.
return {
    -- The name of the experiment in the configuration, and the model that clients ask for.
    experiment = "answer_model",
    model = "chat",
    -- What each arm but the control calls first: one of the candidates that the configuration has for this model. The
    -- control takes the order of the configuration.
    arms = {
        small = { provider = "openai", model = "small-model" },
        large = { provider = "anthropic", model = "large-model" },
    },
}
