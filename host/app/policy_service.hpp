// Policies of a running gateway: which ones run, made ready for every loop.
#pragma once

#include "app/control_thread.hpp"
#include "app/policy_director.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/snapshot.hpp"
#include "gateway/loop_policies.hpp"
#include "gateway/worker.hpp"
#include "policy/bundle_store.hpp"
#include "storage/database.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace aihub::app {

// Owns the director and the thread that it works on. Functions may be called from any thread and do not block; start()
// is for the main one, before the loops run, so that no call is served without the policies that are active.
class PolicyService {
public:
    struct Parts {
        storage::Database& database;
        const Clock& clock;
        telemetry::Log& log;
        telemetry::Metrics& metrics;
        std::span<const std::unique_ptr<gateway::Worker>> workers;
    };
    // An error: what is to run cannot, so nothing may be served. What `parts` refers to outlives the service; the
    // workers get their policies before this returns.
    [[nodiscard]] static Result<std::unique_ptr<PolicyService>> start(const config::Snapshot& config, Parts parts);
    // Ends the thread. The loops do not run any more.
    ~PolicyService();
    PolicyService(const PolicyService&) = delete;
    PolicyService& operator=(const PolicyService&) = delete;

    // For gateway::Services.
    [[nodiscard]] bool off_loop(std::function<void()> work);
    void failing(const policy::Bundle& bundle, policy::Hook hook, const std::string& why);
    // The configuration was read again; also looks for an edit at once.
    void reload(const config::Snapshot& config);

private:
    PolicyService(const config::Snapshot& config, Parts parts);
    Result<void> open(const config::Snapshot& config);
    [[nodiscard]] Result<void> hand_out(const policy::PolicySetPtr& set) const;

    const Parts parts_;
    const policy::StateOptions state_options_;
    std::optional<policy::BundleStore> store_;
    std::unique_ptr<PolicyDirector> director_;
    std::unique_ptr<ControlThread> thread_;  // last: it uses everything above
};

}  // namespace aihub::app
