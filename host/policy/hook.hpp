// The points of a call at which a policy is asked, and the limits that hold there.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::policy {

enum class Hook {
    admit,           // may this call be made, and in which class of limits
    experiment,      // which experiments it takes part in
    route,           // which candidates, in which order
    fallback,        // what comes after a candidate that failed
    label,           // tags for analytics
    price,           // what it costs
    guard_request,   // whether a text of the request may go on
    guard_window,    // whether a part of an answer may go out while the rest is still coming
    guard_response,  // whether a whole answer may go out
};
inline constexpr std::array kHooks{
    Hook::admit,
    Hook::experiment,
    Hook::route,
    Hook::fallback,
    Hook::label,
    Hook::price,
    Hook::guard_request,
    Hook::guard_window,
    Hook::guard_response};

// "admit"; also the name of the file that holds it, "admit.lua".
[[nodiscard]] std::string_view hook_name(Hook hook);
[[nodiscard]] std::optional<Hook> hook_named(std::string_view name);

// What one run of a script may cost. A step is about one instruction of the interpreter; library functions and
// allocations count as steps by the work they do. The same run in a fresh state costs the same on every machine; in one
// that has run before it differs by what is in memory already.
struct Budget {
    std::uint64_t steps_max = 100'000;
    // Processor time of the thread, so that a busy machine does not stop a good script. Only looked at by scripts that
    // run for longer than a few hundred steps.
    std::chrono::microseconds cpu_max{2000};
};

// What holds for a state as a whole.
struct StateLimits {
    // At the first one the script ends, after the garbage was collected and was not enough; the second cannot be
    // passed.
    std::size_t memory_soft_bytes = 4U << 20U;
    std::size_t memory_hard_bytes = 8U << 20U;
    // The largest string or table, which bounds what a single instruction can cost.
    std::size_t block_bytes_max = 256U << 10U;
    // Loading a bundle: every file runs once.
    Budget load{2'000'000, std::chrono::milliseconds(100)};
};

// `admit` 1 ms, `route` 2 ms and so on; see docs/policies/README.md.
[[nodiscard]] Budget default_budget(Hook hook);

// Why a hook gave no decision.
enum class Fault {
    steps,         // more steps than its budget
    time,          // more processor time than its budget
    memory,        // more memory than the state may have
    error,         // the script raised an error
    bad_decision,  // what it returned is not a decision
    load,          // the bundle could not be loaded
};
// "steps", "time", ...
[[nodiscard]] std::string_view fault_name(Fault fault);

struct Failure {
    Fault fault = Fault::error;
    std::string bundle;   // its name and the beginning of its hash
    std::string hook;     // "route"; "load" while loading
    std::string file;     // "route.lua"; empty when it cannot be told
    int line = 0;         // 0 when it cannot be told
    std::string message;  // what was wrong and what to do

    // "bundle eu@1a2b3c4d, hook route, route.lua:12: ..."
    [[nodiscard]] std::string text() const;
};

// What the caller does for a call whose hook failed, unless the configuration says otherwise.
enum class OnError {
    refuse,    // the call is refused
    control,   // the call takes the control arm
    ordinary,  // as if there were no such hook
    unrated    // the call has no price yet: it is kept to be rated later, and nobody is shown a guess
};
[[nodiscard]] OnError default_on_error(Hook hook);
// The words for it that fit the hook: "refuse or ordinary"; that of `fallback` for refuse is "stop".
[[nodiscard]] std::string_view on_error_words(Hook hook);
[[nodiscard]] std::optional<OnError> on_error_named(Hook hook, std::string_view word);

}  // namespace aihub::policy
