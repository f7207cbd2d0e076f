// One bundle, loaded and ready to be asked. One thread at a time; an event loop has one of its own.
#pragma once

#include "policy/bundle.hpp"
#include "policy/decision.hpp"
#include "policy/facts.hpp"
#include "policy/hook.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct lua_State;

namespace aihub::policy {

class ScriptHost;

// Where `aihub.log` goes. At most 16 lines for each call, each at most 1024 bytes.
class ScriptLog {
public:
    virtual ~ScriptLog() = default;
    // `place` is "route.lua:12"; `level` "debug", "info", "warning" or "error".
    virtual void write(Hook hook, std::string_view level, std::string_view place, std::string_view message) = 0;
};

// Where `aihub.count` goes. At most 16 counts for each call, and kCountNamesMax names for each state; what has another
// name then is counted as "other".
class ScriptCounts {
public:
    static constexpr std::size_t kCountNamesMax = 32;
    virtual ~ScriptCounts() = default;
    // `name` has lower-case letters, digits and _, at most 48 of them; `amount` is whole and not negative.
    virtual void add(Hook hook, std::string_view name, std::uint64_t amount) = 0;
};

// Told of each line that runs, for coverage; costs several times the run.
class LineWatch {
public:
    virtual ~LineWatch() = default;
    virtual void line(std::string_view file, int line) = 0;
};

struct StateOptions {
    StateLimits limits;
    // The manifest of the bundle may lower them.
    std::array<Budget, kHooks.size()> budgets = default_budgets();
    ScriptLog* log = nullptr;  // null: nobody listens
    ScriptCounts* counts = nullptr;
    LineWatch* watch = nullptr;  // null: nobody watches
    bool rebuild = true;         // false: one that was stopped is done(), and is not made anew on its thread

    [[nodiscard]] static std::array<Budget, kHooks.size()> default_budgets();
};

// What a hook said. Without a decision there is a failure, and the caller goes on by the hook's error policy.
template <class Decision>
struct Answer {
    std::optional<Decision> decision;
    std::optional<Failure> failure;
    std::uint64_t steps = 0;  // what it cost, to within a few hundred
};

class PolicyState {
public:
    // Runs every file of the bundle once. invalid_request with bundle, file, line and what to do. For threads that may
    // take some milliseconds.
    [[nodiscard]] static Result<std::unique_ptr<PolicyState>> open(
        std::shared_ptr<const Bundle> bundle, const StateOptions& options
    );
    ~PolicyState();
    PolicyState(const PolicyState&) = delete;
    PolicyState& operator=(const PolicyState&) = delete;

    [[nodiscard]] const Bundle& bundle() const { return *bundle_; }
    // Whether the bundle has this hook. One that it has not fails when it is asked.
    [[nodiscard]] bool has(Hook hook) const;

    // A script over its limits is stopped; then its state is thrown away and made anew from the bundle before these
    // return, unless the options say otherwise. One that raises an error keeps its state. Never throws.
    [[nodiscard]] Answer<AdmitDecision> admit(const CallFacts& call);
    [[nodiscard]] Answer<ExperimentDecision> experiment(const CallFacts& call);
    [[nodiscard]] Answer<RouteDecision> route(const CallFacts& call);
    [[nodiscard]] Answer<FallbackDecision> fallback(const CallFacts& call, const AttemptFacts& failed);
    [[nodiscard]] Answer<LabelDecision> label(const CallFacts& call, const OutcomeFacts& outcome);
    [[nodiscard]] Answer<PriceDecision> price(const PriceFacts& facts);
    // `hook` is one of guard_request, guard_window, guard_response.
    [[nodiscard]] Answer<GuardDecision> guard(Hook hook, const GuardFacts& facts);

    // It was stopped and is not made anew: every question fails. What it holds goes with it.
    [[nodiscard]] bool done() const { return done_; }
    // How often the state had to be made anew, and what it holds now.
    [[nodiscard]] std::uint64_t rebuilds() const { return rebuilds_; }
    [[nodiscard]] std::size_t memory_bytes() const;

private:
    struct HookCall;
    struct HookPlace {
        int reference = 0;  // of its function; 0: there is none
        int line = 0;       // where it begins
    };

    PolicyState(std::shared_ptr<const Bundle> bundle, const StateOptions& options);

    [[nodiscard]] std::optional<Failure> build();
    void close();
    static int build_protected(lua_State* lua);
    static int call_protected(lua_State* lua);
    // Runs `call` and says what went wrong.
    [[nodiscard]] std::optional<Failure> run(HookCall& call);
    [[nodiscard]] Failure failure_of(std::string_view hook, int status, const Budget& budget) const;
    // A call in the last place of a function hides the line that it stands in; then the hook's own line has to do.
    void place_at_hook(Hook hook, Failure& failure) const;
    // `call` is null for hooks that know nothing of it but `extra`.
    template <class Decision, class Extra>
    Answer<Decision> ask(Hook hook, const CallFacts* call, const Extra* extra);

    std::shared_ptr<const Bundle> bundle_;
    StateOptions options_;
    std::unique_ptr<ScriptHost> host_;
    lua_State* state_ = nullptr;
    std::array<HookPlace, kHooks.size()> places_{};
    int entry_ = 0;  // registry references
    int context_ = 0;
    HookCall* call_ = nullptr;  // while one runs
    std::uint64_t rebuilds_ = 0;
    bool done_ = false;
};

}  // namespace aihub::policy
