#include "app/policy_service.hpp"

#include "app/handover.hpp"
#include "app/policy_database.hpp"
#include "app/self_check_child.hpp"

#include <algorithm>
#include <utility>

namespace aihub::app {

namespace {

constexpr std::chrono::seconds kSelfCheckPatience{40};
// The figures are looked at so often, and the bundles not more often than configured.
constexpr std::chrono::milliseconds kLookInterval{1000};

policy::Bands bands_of(const config::PolicyBands& bands) {
    return {
        bands.window,
        bands.calls_min,
        static_cast<double>(bands.errors_max),
        static_cast<double>(bands.denied_max),
        static_cast<double>(bands.failures_max),
        static_cast<double>(bands.stops_max),
        static_cast<double>(bands.cost_max),
        static_cast<double>(bands.latency_max)};
}

PolicyDirectorOptions options_of(const config::Policies& policies) {
    PolicyDirectorOptions options;
    options.folder = policies.folder;
    options.poll_interval = policies.poll_interval;
    options.bands = bands_of(policies.bands);
    options.values = {policies.values.begin(), policies.values.end()};
    options.node = "gateway " + host_name();
    options.state = gateway::state_options(policies);
    return options;
}

std::chrono::milliseconds interval_of(const config::Policies& policies) {
    return std::min(policies.poll_interval, kLookInterval);
}

}  // namespace

PolicyService::PolicyService(const config::Snapshot& config, Parts parts)
    : parts_(parts), state_options_(gateway::state_options(config.policies)) {}

PolicyService::~PolicyService() = default;

Result<std::unique_ptr<PolicyService>> PolicyService::start(const config::Snapshot& config, Parts parts) {
    std::unique_ptr<PolicyService> service(new PolicyService(config, parts));
    AIHUB_CHECK(service->open(config));
    return service;
}

Result<void> PolicyService::open(const config::Snapshot& config) {
    if (config.policies.folder.empty()) {
        store_ = AIHUB_TRY(policy::BundleStore::create(parts_.database, parts_.clock));
    }
    const auto& clock = parts_.clock;
    director_ = std::make_unique<PolicyDirector>(
        options_of(config.policies),
        PolicyDirector::Services{
            store_ ? &*store_ : nullptr,
            [&clock] { return self_check_by_child(program_path(), clock, kSelfCheckPatience); },
            [this](const policy::PolicySetPtr& set) { return hand_out(set); },
            parts_.clock,
            parts_.log,
            parts_.metrics}
    );
    if (auto started = director_->start(); !started) {
        auto error = std::move(started).error();
        error.message = "policies: " + error.message;
        return error;
    }
    thread_ = std::make_unique<ControlThread>(
        "policies", interval_of(config.policies), [this] { director_->look(); }, parts_.clock
    );
    return {};
}

// Each loop has states of its own. All of them are made before one is given away: no loop goes on with other policies.
Result<void> PolicyService::hand_out(const policy::PolicySetPtr& set) const {
    std::vector<gateway::LoopPoliciesPtr> made;
    for (std::size_t loop = 0; loop < parts_.workers.size(); ++loop) {
        const gateway::ScriptEars ears{parts_.log, parts_.metrics};
        made.push_back(AIHUB_TRY(gateway::LoopPolicies::create(set, state_options_, ears)));
    }
    for (std::size_t loop = 0; loop < made.size(); ++loop) {
        parts_.workers[loop]->set_policies(std::move(made[loop]));
    }
    return {};
}

bool PolicyService::off_loop(std::function<void()> work) {
    // More waiting than the queue holds means that scripts are stopped faster than states can be made.
    const bool taken = thread_->post(std::move(work));
    if (!taken) {
        parts_.log.warn("a state of policies is not made anew: too many wait");
    }
    return taken;
}

void PolicyService::failing(const policy::Bundle& bundle, policy::Hook hook, const std::string& why) {
    const auto task =
        [this, hash = bundle.hash(), reason = std::string(policy::hook_name(hook)) + " keeps failing: " + why] {
            director_->take_back(hash, reason);
        };
    (void)thread_->post(task);
}

void PolicyService::reload(const config::Snapshot& config) {
    thread_->set_interval(interval_of(config.policies));
    (void)thread_->post([this, options = options_of(config.policies)] {
        director_->configure(options);
        director_->look_at_once();
    });
}

}  // namespace aihub::app
