// How a call is made at one place: waits, retries, and what leads on to the next place.
#pragma once

#include "capability/provider.hpp"
#include "catalog/error_rules.hpp"
#include "config/snapshot.hpp"

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::catalog {

// The failures after which the next candidate is tried, compiled from `fallback_on`.
class FallbackTable {
public:
    // Words that are no kind, no status and not "default" are left out: the configuration has refused them.
    explicit FallbackTable(const std::vector<std::string>& words);

    // A status decides, or else a kind. What is wrong with the content (context_length, content_filter) is asked for by
    // its kind alone, whatever status it came with.
    [[nodiscard]] bool has(const capability::Failure& failure) const;
    [[nodiscard]] bool has_kind(capability::FailureKind kind) const {
        return kinds_.test(static_cast<std::size_t>(kind));
    }

private:
    void add(std::string_view word);

    std::bitset<16> kinds_;
    std::bitset<200> statuses_;  // from 400
};

// "rate_limit" and so on, as in `fallback_on` and in metrics.
[[nodiscard]] std::string_view failure_name(capability::FailureKind kind);
// Nothing: there is no such kind.
[[nodiscard]] std::optional<capability::FailureKind> kind_named(std::string_view name);
inline constexpr std::size_t kFailureKinds = 13;

enum class Balance { order, weighted, least_busy, peak_ewma };

// Of one candidate. Immutable, part of a catalog.
struct Policy {
    Balance balance = Balance::order;
    std::chrono::milliseconds connect{0}, write{0}, first_byte{0}, idle{0}, total{0};  // none is 0
    std::string shadow;                        // "provider/model" that gets copies; empty: none
    std::size_t shadow_percent = 0;            // of the calls
    std::chrono::milliseconds hedge_after{0};  // 0: no second attempt beside a slow one
    bool continue_streams = false;             // one that breaks off goes on at the next candidate
    config::Retries retries;
    FallbackTable fallback{{}};
    ErrorRules rules;
};

// What holds for a provider without a route.
[[nodiscard]] Policy policy_of(const config::Snapshot& config, const config::Provider& provider);
// The route's own settings go before the provider's, and those before the general ones.
[[nodiscard]] Policy policy_of(
    const config::Snapshot& config, const config::Provider& provider, const config::Route& route
);

}  // namespace aihub::catalog
