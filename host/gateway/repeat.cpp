#include "gateway/repeat.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

using capability::Failure;
using capability::FailureKind;

// Whether the provider says that it has not begun.
bool is_unprocessed(const Failure& failure) {
    switch (failure.http_status) {
        case 421:
        case 425:
        case 429:
        case 503:
        case 529:
            return true;
        default:
            return failure.kind == FailureKind::rate_limit || failure.kind == FailureKind::overloaded;
    }
}

// Statuses that a proxy before the provider answers when it has lost patience: the provider may still be at work.
bool is_lost_patience(int status) {
    return status == 408 || status == 504 || status == 524;
}

// Whether the provider has ended the request itself, so that nothing goes on there.
bool is_told(const Failure& failure) {
    if (is_lost_patience(failure.http_status)) {
        return false;
    }
    switch (failure.kind) {
        case FailureKind::network:
        case FailureKind::timeout:
        case FailureKind::upstream:
        case FailureKind::internal:
            return failure.http_status >= 400 || !failure.detail_json.empty();
        default:
            return true;
    }
}

bool is_passing(FailureKind kind) {
    return kind == FailureKind::network || kind == FailureKind::timeout || kind == FailureKind::upstream;
}

}  // namespace

static_assert(static_cast<std::size_t>(FallbackReason::full) == catalog::kFailureKinds);
static_assert(static_cast<int>(FallbackReason::timeout) == static_cast<int>(FailureKind::timeout));

Repeat may_repeat(const Failure& failure, bool accepted, const catalog::Policy& policy) {
    if (failure.gateway_full) {
        return {};  // The provider has done the work.
    }
    const bool unprocessed = is_unprocessed(failure);
    const bool again = policy.retries.retry_accepted;
    if (accepted && !again && !unprocessed && !is_told(failure)) {
        return {};
    }
    const bool same = unprocessed || ((again || !accepted) && is_passing(failure.kind));
    return {same, policy.fallback.has(failure)};
}

Repeat may_repeat(const Failure& failure, const catalog::ErrorVerdict& verdict, const catalog::Policy& policy) {
    using Then = catalog::ErrorVerdict::Then;
    switch (verdict.then) {
        case Then::retry:
            return {true, true};
        case Then::fallback:
            return {false, true};
        case Then::fail:
            return {};
        case Then::as_its_kind:
            break;
    }
    // The provider has answered, so nothing goes on there; its status means what the rule says.
    const bool again = failure.kind == FailureKind::rate_limit || failure.kind == FailureKind::overloaded ||
                       (policy.retries.retry_accepted && is_passing(failure.kind));
    return {again, policy.fallback.has_kind(failure.kind)};
}

FallbackReason fallback_reason(FailureKind kind) {
    return static_cast<FallbackReason>(kind);
}

std::string_view fallback_name(FallbackReason reason) {
    switch (reason) {
        case FallbackReason::full:
            return "full";
        case FallbackReason::breaker_open:
            return "breaker_open";
        case FallbackReason::no_request:
            return "no_request";
        default:
            return catalog::failure_name(static_cast<FailureKind>(reason));
    }
}

bool is_outage(const Failure& failure) {
    return !failure.gateway_full && (failure.kind == FailureKind::overloaded || is_passing(failure.kind));
}

std::chrono::nanoseconds backoff(const config::Retries& retries, std::size_t round, double chance) {
    const auto least = std::chrono::nanoseconds(retries.backoff_min);
    const auto most = std::max(least, std::chrono::nanoseconds(retries.backoff_max));
    const auto doublings = std::min<std::size_t>(round > 0 ? round - 1 : 0, 20);
    const auto whole = std::min(most, least * (std::int64_t{1} << doublings));
    const auto half = whole / 2;
    return half + std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(half.count()) * chance));
}

}  // namespace aihub::gateway
