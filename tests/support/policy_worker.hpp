// Two providers, a route "safe" over both, and bundles of policies that a test writes down.
#pragma once

#include "gateway/loop_policies.hpp"
#include "policy/decision_log.hpp"
#include "support/dispatch_fixture.hpp"

#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace aihub::testing {

// Its figures can be looked at while it runs.
inline policy::RunningBundle running(std::vector<policy::SourceFile> files, const std::string& name = "b") {
    auto bundle = policy::Bundle::make(name, std::move(files));
    EXPECT_TRUE(bundle) << bundle.error().message;
    return {std::make_shared<const policy::Bundle>(*std::move(bundle)), std::make_shared<policy::BundleFigures>()};
}

class PolicyWorker : public gateway::Retry {
protected:
    PolicyWorker() {
        // Steps stop a script here: they are the same on every machine.
        for (auto* const hook :
             {&config.policies.admit,
              &config.policies.experiment,
              &config.policies.route,
              &config.policies.fallback,
              &config.policies.label}) {
            hook->cpu_max = std::chrono::seconds(1);
        }
    }
    void TearDown() override {
        for (auto& job : jobs_) {
            job.join();
        }
        stop();
    }
    // Serves with the bundle.
    policy::RunningBundle serve(std::vector<policy::SourceFile> files) {
        policy::PolicySet set;
        set.active = running(std::move(files));
        begin(set);
        return set.active;
    }
    void begin(const policy::PolicySet& set) {
        start();
        services->off_loop = [this](std::function<void()> work) {
            const std::scoped_lock lock(mutex_);
            jobs_.emplace_back(std::move(work));
            return true;
        };
        services->policy_failing = [this](const policy::Bundle&, policy::Hook hook, const std::string& why) {
            const std::scoped_lock lock(mutex_);
            reports_.push_back(std::string(policy::hook_name(hook)) + ": " + why);
        };
        services->decisions = decisions.get();
        use(set);
    }
    // New calls are decided by `set` when it returns.
    void use(const policy::PolicySet& set) {
        auto made = gateway::LoopPolicies::create(
            std::make_shared<const policy::PolicySet>(set),
            gateway::state_options(config.policies),
            gateway::ScriptEars{log, metrics}
        );
        ASSERT_TRUE(made) << made.error().message;
        worker->set_policies(*std::move(made));
        std::promise<void> done;
        loop->post([&done] { done.set_value(); });
        done.get_future().wait();
    }
    [[nodiscard]] std::vector<std::string> reports() {
        const std::scoped_lock lock(mutex_);
        return reports_;
    }
    // Of the log: those that begin with `what`.
    [[nodiscard]] std::vector<std::string> lines_with(std::string_view what) const {
        auto lines = log.lines();
        std::erase_if(lines, [&](const std::string& line) { return line.find(what) == std::string::npos; });
        return lines;
    }
    // With header lines of its own.
    testing::Message safe_with(const std::string& lines, std::string_view more = {}) {
        return call(http_request("POST", "/v1/chat/completions", body_of("safe", more), auth() + lines));
    }

    // Set before serve() or begin(): what is decided is recorded.
    std::unique_ptr<policy::DecisionLog> decisions;

private:
    std::mutex mutex_;
    std::list<std::jthread> jobs_;
    std::vector<std::string> reports_;
};

}  // namespace aihub::testing
