// How much the model may think and say.
#pragma once

#include "json_texts.hpp"
#include "model_ways.hpp"
#include "settings.hpp"

#include <aihub/chat.hpp>

#include <string>

namespace aihub::provider_anthropic {

struct Thinking {
    std::string max_tokens;  // a number, always set
    std::string member;      // the value of `thinking`; empty: it is not sent
    std::string effort;      // a string for output_config; empty: it is not sent
    bool on = false;         // the model thinks: it takes no temperature then, and no forced tool
};

// `ways`: how the model is asked. `forced_tool`: the model must call a tool, which it cannot after thinking; the tool
// wins.
[[nodiscard]] Thinking plan_thinking(
    const sdk::ChatRequest& chat, const Settings& settings, const ModelWays& ways, bool forced_tool, Dropped& dropped
);

}  // namespace aihub::provider_anthropic
