// Decides which bundles of policies run in this process: by a folder, or by the database.
#pragma once

#include "app/policy_folder.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "policy/bands.hpp"
#include "policy/bundle_store.hpp"
#include "policy/policy_set.hpp"
#include "policy/policy_state.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aihub::app {

struct PolicyDirectorOptions {
    std::string folder;  // empty: the database says which bundles run
    std::chrono::milliseconds poll_interval{1000};
    policy::Bands bands;
    std::map<std::string, std::string, std::less<>> values;  // of aihub.kv
    std::string node;                                        // this gateway, in the history
    policy::StateOptions state;                              // what a bundle has to be loaded with
};

// Tells a listener of each PolicySet. A bundle that cannot run here, and an edit of the folder with a finding, is
// logged, and what runs goes on. A candidate, and a bundle that has just become active, is taken back when its figures
// leave their bands; so is one whose hooks keep failing. In the database that is a step of the history, by
// compare-and-set: of several gateways one makes it and the others see it. In a folder the content before runs until
// the next edit. Nothing is taken back for "no policies", nor for a bundle without an `admit` that this one has: that
// would open what is kept shut.
//
// One thread at a time; every function may block.
//
// Metrics: aihub_policy_info, aihub_policy_returns_total, aihub_policy_refusals_total.
class PolicyDirector {
public:
    struct Services {
        policy::BundleStore* store;                // may be null with a folder
        std::function<Result<void>()> self_check;  // asked once, before the first bundle runs
        // Makes all loops decide by the set, or none: an error says why not.
        std::function<Result<void>(const policy::PolicySetPtr&)> listener;
        const Clock& clock;
        telemetry::Log& log;
        telemetry::Metrics& metrics;
    };
    // References outlive it.
    PolicyDirector(PolicyDirectorOptions options, Services services);
    ~PolicyDirector();
    PolicyDirector(const PolicyDirector&) = delete;
    PolicyDirector& operator=(const PolicyDirector&) = delete;

    // What is to run now. An error: it cannot, and nothing was told to the listener; a gateway that went on without it
    // would let through what `admit` refuses.
    [[nodiscard]] Result<void> start();
    // Looks whether something else is to run, when poll_interval has passed, and at the figures. About once a second.
    void look();
    // Looks for an edit or an activation now.
    void look_at_once();
    // Bands and values count at once, `folder` does not.
    void configure(PolicyDirectorOptions options);
    // The hooks of the bundle with this hash keep failing.
    void take_back(const std::string& hash, const std::string& reason);

    [[nodiscard]] const policy::PolicySetPtr& current() const { return set_; }

private:
    using BundlePtr = std::shared_ptr<const policy::Bundle>;
    // A bundle that is looked at beside another one.
    struct Trial {
        std::string hash;
        policy::FigureWindow tried;
        policy::FigureWindow base;
        std::optional<policy::FigureValues> base_before;  // in place of `base`: how the bundle before did
        std::optional<SteadyTime> until;                  // nothing: as long as it is a candidate
    };
    struct Wanted {
        std::uint64_t version = 0;
        BundlePtr active;
        BundlePtr candidate;
        policy::Stage stage = policy::Stage::full;
        std::uint32_t canary_buckets = 0;
    };

    enum class Return {
        done,    // another bundle runs
        lost,    // it stays: somebody else was faster, or there is none to go back to
        not_now  // the database is away
    };

    [[nodiscard]] Result<Wanted> wanted_by_database();
    [[nodiscard]] Result<void> add_candidate(const policy::Activation& activation, Wanted& wanted);
    [[nodiscard]] Result<BundlePtr> fetch(const policy::Activation& activation);
    [[nodiscard]] Result<void> check(const BundlePtr& bundle);
    void poll_database();
    void run(const Wanted& wanted);
    void take_edit(const std::optional<PolicyFolder::Loaded>& edit);
    void refuse(const std::string& what, const Error& error);
    [[nodiscard]] policy::RunningBundle running(const BundlePtr& bundle) const;
    [[nodiscard]] Result<void> publish(const Wanted& wanted);
    void note_active(const BundlePtr& bundle);
    void begin_trial(const policy::PolicySet& before);
    void show(const policy::PolicySet& before) const;
    void judge();
    Return take_back_running(bool candidate, const std::string& reason);
    [[nodiscard]] Result<BundlePtr> bundle_before();
    [[nodiscard]] Return take_back_in_database(const std::string& reason, const BundlePtr& to);
    [[nodiscard]] Return take_back_in_folder(const BundlePtr& to);

    PolicyDirectorOptions options_;
    Services services_;
    telemetry::Counter& returns_;
    telemetry::Counter& refusals_;
    std::optional<PolicyFolder> folder_;
    std::optional<Result<void>> self_check_;
    policy::PolicySetPtr set_;
    std::uint64_t seen_version_ = 0;     // of the database, also when it could not run
    std::uint64_t refused_version_ = 0;  // that the loops could not take; it is tried again
    std::optional<SteadyTime> next_poll_;
    bool database_away_ = false;
    // Active bundles as they came, the present one last; going back to one forgets those that came after it. Null: none
    // was to run.
    std::vector<BundlePtr> came_;
    policy::FigureWindow active_window_;
    std::optional<Trial> trial_;
};

}  // namespace aihub::app
