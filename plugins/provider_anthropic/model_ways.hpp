// How one model is asked: as the host's table says, else by its name and the settings.
#pragma once

#include "settings.hpp"

#include <aihub/chat.hpp>

#include <string_view>

namespace aihub::provider_anthropic {

struct ModelWays {
    ReasoningWay reasoning = ReasoningWay::budget;
    StructuredOutput structured_output = StructuredOutput::native;
    bool effort = true;                  // takes one, where its way of reasoning has a place for it
    bool always_reasons = false;         // thinking cannot be switched off
    bool sampling = true;                // takes temperature, top_p and top_k
    bool temperature_and_top_p = false;  // both at once
    bool prefill = true;                 // the last message may be the assistant's

    // What the operator wrote in the settings counts before the facts; those without flags and a way of reasoning say
    // nothing.
    static ModelWays of(std::string_view model, const sdk::ModelFacts& facts, const Settings& settings);
};

}  // namespace aihub::provider_anthropic
