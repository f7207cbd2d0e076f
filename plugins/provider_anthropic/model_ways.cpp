#include "model_ways.hpp"

namespace aihub::provider_anthropic {
namespace {

ReasoningWay reasoning_of(const sdk::ModelFacts& facts, ReasoningWay configured) {
    if (facts.reasoning == "\"adaptive\"") {
        return ReasoningWay::adaptive;
    }
    return facts.reasoning.empty() ? ReasoningWay::none : configured;
}

}  // namespace

ModelWays ModelWays::of(std::string_view model, const sdk::ModelFacts& facts, const Settings& settings) {
    ModelWays ways;
    ways.reasoning = settings.reasoning_for(model);
    ways.structured_output = settings.structured_output;
    ways.sampling = settings.takes_sampling(model);
    if (facts.flags.empty() && facts.reasoning.empty()) {
        return ways;
    }
    const bool named = settings.adaptive_models_set && !ways.sampling;
    if (!named) {
        ways.sampling = !facts.has_flag("no_sampling");
    }
    if (!named && !settings.reasoning_set) {
        ways.reasoning = reasoning_of(facts, settings.reasoning);
        ways.effort = ways.reasoning != ReasoningWay::adaptive || facts.has_flag("effort");
    }
    if (!settings.structured_output_set && !facts.has_flag("structured_output")) {
        ways.structured_output = StructuredOutput::tool;
    }
    ways.always_reasons = facts.has_flag("reasoning_always");
    ways.temperature_and_top_p = !facts.has_flag("temperature_or_top_p");
    ways.prefill = !facts.has_flag("no_prefill");
    return ways;
}

}  // namespace aihub::provider_anthropic
