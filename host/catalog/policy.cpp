#include "catalog/policy.hpp"

#include <algorithm>
#include <array>

namespace aihub::catalog {

namespace {

using capability::FailureKind;

constexpr std::array<std::string_view, kFailureKinds> kNames{
    "invalid_request",
    "auth",
    "not_found",
    "rate_limit",
    "overloaded",
    "content_filter",
    "context_length",
    "too_large",
    "upstream",
    "network",
    "timeout",
    "quota",
    "internal"};
static_assert(static_cast<std::size_t>(FailureKind::internal) + 1 == kNames.size());

// What a provider without a fault of the client's may say.
constexpr std::array<std::string_view, 17> kDefault{
    "401",
    "403",
    "404",
    "405",
    "408",
    "409",
    "410",
    "429",
    "5xx",
    "rate_limit",
    "overloaded",
    "timeout",
    "network",
    "upstream",
    "auth",
    "quota",
    "not_found"};

constexpr int kFirstStatus = 400;

std::chrono::milliseconds first_set(std::initializer_list<std::chrono::milliseconds> values) {
    return *std::find_if(values.begin(), values.end() - 1, [](auto value) { return value.count() > 0; });
}

}  // namespace

std::string_view failure_name(FailureKind kind) {
    return kNames[static_cast<std::size_t>(kind)];
}

std::optional<FailureKind> kind_named(std::string_view name) {
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    return found == kNames.end() ? std::nullopt : std::optional(static_cast<FailureKind>(found - kNames.begin()));
}

FallbackTable::FallbackTable(const std::vector<std::string>& words) {
    for (const auto& word : words) {
        if (word == "default") {
            std::for_each(kDefault.begin(), kDefault.end(), [this](std::string_view each) { add(each); });
        } else {
            add(word);
        }
    }
}

void FallbackTable::add(std::string_view word) {
    if (const auto kind = kind_named(word)) {
        kinds_.set(static_cast<std::size_t>(*kind));
        return;
    }
    if (word.size() != 3 || (word[0] != '4' && word[0] != '5')) {
        return;
    }
    const std::size_t hundred = word[0] == '4' ? 0 : 100;
    if (word.substr(1) == "xx") {
        for (std::size_t each = 0; each < 100; ++each) {
            statuses_.set(hundred + each);
        }
        return;
    }
    statuses_.set(hundred + static_cast<std::size_t>((word[1] - '0') * 10 + (word[2] - '0')));
}

bool FallbackTable::has(const capability::Failure& failure) const {
    const bool content = failure.kind == FailureKind::context_length || failure.kind == FailureKind::content_filter;
    const int status = failure.http_status - kFirstStatus;
    if (!content && status >= 0 && status < static_cast<int>(statuses_.size()) &&
        statuses_.test(static_cast<std::size_t>(status))) {
        return true;
    }
    return has_kind(failure.kind);
}

Policy policy_of(const config::Snapshot& config, const config::Provider& provider) {
    Policy policy;
    policy.connect = first_set({provider.connect, config.timeouts.connect});
    policy.write = first_set({provider.write, config.timeouts.write});
    policy.first_byte = first_set({provider.first_byte, config.timeouts.first_byte});
    policy.idle = first_set({provider.idle, config.timeouts.idle});
    policy.total = first_set({provider.total, config.timeouts.total});
    policy.retries = config.retries;
    policy.fallback = FallbackTable(config.retries.fallback_on);
    policy.rules = ErrorRules({}, provider.error_rules);
    return policy;
}

Policy policy_of(const config::Snapshot& config, const config::Provider& provider, const config::Route& route) {
    Policy policy = policy_of(config, provider);
    constexpr std::array<std::string_view, 4> kBalances{"order", "weighted", "least_busy", "peak_ewma"};
    const auto balance = std::find(kBalances.begin(), kBalances.end() - 1, route.balance);
    policy.balance = static_cast<Balance>(balance - kBalances.begin());
    policy.connect = first_set({route.connect, policy.connect});
    policy.write = first_set({route.write, policy.write});
    policy.first_byte = first_set({route.first_byte, policy.first_byte});
    policy.idle = first_set({route.idle, policy.idle});
    policy.total = first_set({route.total, policy.total});
    policy.hedge_after = route.hedge_after;
    policy.continue_streams = route.continue_streams;
    policy.shadow = route.shadow;
    policy.shadow_percent = route.shadow_percent;
    policy.retries = route.retries;
    policy.fallback = FallbackTable(route.retries.fallback_on);
    policy.rules = ErrorRules(route.error_rules, provider.error_rules);
    return policy;
}

}  // namespace aihub::catalog
