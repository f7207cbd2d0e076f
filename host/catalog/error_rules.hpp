// What the operator says that errors of a provider mean.
#pragma once

#include "capability/provider.hpp"
#include "config/snapshot.hpp"

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::catalog {

// A failed answer, or one that is looked at before it counts as good, as it came. Views of the caller's.
struct ErrorFacts {
    int status = 0;               // 0: there was none
    std::string_view type, code;  // of the error object; empty: it has none
    std::string_view body;        // its beginning, up to ErrorRules::kBodyBytes; of a stream, that of one event
    bool failed = true;           // false: it looks good so far
};

// What follows from a rule.
struct ErrorVerdict {
    enum class Then { as_its_kind, retry, fallback, fail };
    Then then = Then::as_its_kind;
    std::optional<capability::FailureKind> kind;  // what it counts as; nothing: what the plugin says
};

// `error_rules` of a route, and behind them those of its provider. Immutable; any thread.
class ErrorRules {
public:
    static constexpr std::size_t kBodyBytes = 16384;

    ErrorRules() = default;
    // Words that mean nothing are left out: the configuration has refused them.
    ErrorRules(const std::vector<config::ErrorRule>& first, const std::vector<config::ErrorRule>& then);

    // Whether there is anything to look for, in failures and in answers that look good.
    [[nodiscard]] bool empty() const { return rules_.empty(); }
    [[nodiscard]] bool looks_at_success() const { return looks_at_success_; }
    // The first that matches; nullptr: none does. What looks good matches only rules that name its status. A provider
    // that said nothing (cannot be reached, or is late) matches none.
    [[nodiscard]] const ErrorVerdict* match(const ErrorFacts& facts) const;

private:
    struct Rule {
        std::bitset<600> statuses;  // none: of any failure
        std::string type, code, body;
        ErrorVerdict verdict;
    };
    void add(const config::ErrorRule& rule);

    std::vector<Rule> rules_;
    bool looks_at_success_ = false;
};

}  // namespace aihub::catalog
