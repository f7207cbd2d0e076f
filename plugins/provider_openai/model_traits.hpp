// What a model takes: as the host's table says, else by its name.
#pragma once

#include <aihub/chat.hpp>

#include <string>
#include <string_view>

namespace aihub::provider_openai {

// Known are the families whose rules are published; everything else is `other`, of which nothing is assumed.
struct ModelTraits {
    enum class Family {
        other,
        plain,      // gpt-3.5, gpt-4: no reasoning
        o_series,   // o1, o3-mini
        gpt5,       // gpt-5 itself and its sizes
        gpt5_next,  // gpt-5.1 and later
        gpt_oss,
    };
    Family family = Family::other;
    bool always_reasons = false;  // cannot be told not to
    bool takes_xhigh = false;     // the effort above high
    bool gemini = false;          // wants the signatures of its tool calls back

    bool takes_effort = false;             // it is known to
    bool newer_limit = false;              // max_completion_tokens
    bool developer = false;                // the role of the instructions
    bool no_system = false;                // they have to stand in the first message
    bool no_sampling = false;              // refuses sampling settings
    bool sampling_without_effort = false;  // but takes temperature, top_p and logprobs with the effort none
    bool temperature_or_top_p = false;     // not both
    bool no_stop = false;                  // refuses stop sequences
    bool no_prefill = false;               // the last message must not be the assistant's
    bool no_tools_with_effort = false;     // but none
    bool tools_need_effort_none = false;   // and it has to be said

    // The name may stand behind a vendor's ("openai/o3-mini") or "ft:".
    static ModelTraits of(std::string_view model);

    // The table knows more of a model than its name says. Facts without flags and a way of reasoning say nothing.
    void learn(const sdk::ModelFacts& facts);

    // The word of that model for an effort in the words of the canonical form. Raw JSON in and out.
    [[nodiscard]] std::string_view effort(std::string_view effort) const;
    // How to switch reasoning off; empty: there is no way, or it need not be said.
    [[nodiscard]] std::string_view effort_off() const;
};

}  // namespace aihub::provider_openai
