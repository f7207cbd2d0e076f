-- What an operator changes. One canary for each model that clients ask for.
return {
    {
        -- The model that clients ask for.
        model = "chat",
        -- The new candidate: one of those that the configuration has for this model.
        provider = "openai",
        candidate_model = "next-model",
        -- Of a hundred callers, how many get it. A caller that has it keeps it while the number grows.
        percent = 5,
        -- Deals the callers anew when it changes, so that not always the same ones go first.
        salt = "2026-11",
    },
}
