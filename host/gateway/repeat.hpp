// What may follow a failed attempt.
#pragma once

#include "catalog/policy.hpp"
#include "gateway/attempt.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace aihub::gateway {

// Where the same request may go now.
struct Repeat {
    bool same = false;   // to the same candidate, after a wait
    bool other = false;  // to the next one
    friend bool operator==(const Repeat&, const Repeat&) = default;
};

// `accepted`: the provider had got the whole request. When it then neither answered nor said that it failed, it may
// have done the work: nobody gets the request again, unless the operator allows it.
[[nodiscard]] Repeat may_repeat(const capability::Failure& failure, bool accepted, const catalog::Policy& policy);
// The same when a rule of the operator says what the failure means; its kind is then that of the rule.
[[nodiscard]] Repeat may_repeat(
    const capability::Failure& failure, const catalog::ErrorVerdict& verdict, const catalog::Policy& policy
);

// Why a call went on to another candidate: the kind of the failure, or what kept it from being tried.
enum class FallbackReason {
    invalid_request,
    auth,
    not_found,
    rate_limit,
    overloaded,
    content_filter,
    context_length,
    too_large,
    upstream,
    network,
    timeout,
    quota,
    internal,
    full,          // as many calls as it may have, and no turn in time
    breaker_open,  // left alone after failures
    no_request,    // the plugin cannot make this request
};
inline constexpr std::size_t kFallbackReasons = 16;
[[nodiscard]] FallbackReason fallback_reason(capability::FailureKind kind);
[[nodiscard]] std::string_view fallback_name(FallbackReason reason);

// Whether the failure says that something is wrong with the provider, and not with the request or our account.
[[nodiscard]] bool is_outage(const capability::Failure& failure);

// The wait before round `round` of the candidates, from 1: doubles with each round up to backoff_max; between half of
// it and the whole, as `chance` (0 up to 1) says, so that calls that failed together do not come back together.
[[nodiscard]] std::chrono::nanoseconds backoff(const config::Retries& retries, std::size_t round, double chance);

}  // namespace aihub::gateway
