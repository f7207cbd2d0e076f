#include "app/policy_bundles.hpp"

#include "base/clock.hpp"
#include "policy/bundle_store.hpp"
#include "storage/database.hpp"
#include "telemetry/metrics.hpp"

#include <algorithm>
#include <filesystem>

namespace aihub::app {

namespace {

bool is_hash(const std::string& text) {
    constexpr std::size_t kDigitsMax = 64;
    return text.size() >= policy::kHashDigitsMin && text.size() <= kDigitsMax &&
           text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<BundlePtr> stored_bundle(const std::string& hash, const config::Snapshot& config) {
    const SystemClock clock;
    telemetry::Metrics metrics;
    storage::DatabaseOptions options;
    options.url = config.storage.url;
    const auto database = AIHUB_TRY(storage::Database::open(options, clock, metrics));
    auto store = AIHUB_TRY(policy::BundleStore::create(*database, clock));
    return AIHUB_TRY(store.get(hash)).bundle;
}

const config::PolicyHook& settings_of(const config::Policies& policies, policy::Hook hook) {
    switch (hook) {
        case policy::Hook::admit:
            return policies.admit;
        case policy::Hook::experiment:
            return policies.experiment;
        case policy::Hook::route:
            return policies.route;
        case policy::Hook::fallback:
            return policies.fallback;
        case policy::Hook::price:
            return policies.price;
        default:
            return policies.label;
    }
}

}  // namespace

Result<BundlePtr> bundle_named(const std::string& folder_or_hash, const config::Snapshot& config) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder_or_hash, ignored) && is_hash(folder_or_hash)) {
        return stored_bundle(folder_or_hash, config);
    }
    return std::make_shared<const policy::Bundle>(AIHUB_TRY(policy::Bundle::load(folder_or_hash)));
}

policy::StateOptions policy_limits(const config::Policies& policies) {
    policy::StateOptions options;
    options.limits.memory_soft_bytes = policies.memory_max;
    options.limits.memory_hard_bytes = policies.memory_hard_max;
    for (const auto hook : policy::kHooks) {
        const auto& settings = settings_of(policies, hook);
        options.budgets[static_cast<std::size_t>(hook)] = {settings.steps_max, settings.cpu_max};
    }
    return options;
}

std::string decisions_folder(const Parsed& parsed, const config::Snapshot& config) {
    return parsed.has("decisions") ? parsed.value("decisions") : config.policies.decisions.directory;
}

}  // namespace aihub::app
