// What a model takes, by its name.
#pragma once

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

    // The name may stand behind a vendor's ("openai/o3-mini") or "ft:".
    static ModelTraits of(std::string_view model);

    // Refuses sampling settings and max_tokens.
    [[nodiscard]] bool reasons() const;
    // The word of that model for an effort in the words of the canonical form. Raw JSON in and out.
    [[nodiscard]] std::string_view effort(std::string_view effort) const;
    // How to switch reasoning off; empty: there is no way, or it need not be said.
    [[nodiscard]] std::string_view effort_off() const;
};

}  // namespace aihub::provider_openai
