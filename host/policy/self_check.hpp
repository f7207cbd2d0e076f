// Proof that the limits hold with this interpreter, on this machine: scripts that try to break out are run, first by
// the tests, and at start by the program itself.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "policy/hook.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::policy {

// One script, which is a route.lua, and what has to become of it. The text begins with comments that say so:
//   -- expect: stopped     over a limit: steps, time or memory
//              memory      over the limit of memory
//              error       an ordinary error
//              failed      one or the other
//              bad_decision, decision, load
//   -- says: TEXT          a part of the failure's text; may be left out
// A script that is stopped because its processor time is over is held in any case.
struct AdversarialCase {
    std::string name;
    std::string expect;
    std::string says;
    std::string source;

    // invalid_request: no known "expect".
    [[nodiscard]] static Result<AdversarialCase> parse(std::string name, std::string source);
};

// Those that come with the program.
[[nodiscard]] std::vector<AdversarialCase> built_in_cases();

// Processor time after which a case counts as not stopped: far above any budget, and far below what a caller would
// notice.
inline constexpr std::chrono::milliseconds kLate{250};

// Asks the script twice, then another one beside it. The answer says what was not as it has to be: no answer is good.
// A case that is not stopped does not come back, so callers need a way to end it.
[[nodiscard]] std::optional<std::string> run_case(
    const AdversarialCase& adversary, std::chrono::milliseconds late = kLate
);

// Runs all of them in a process of its own. An error names the first that failed, or the one that was running when
// `patience` was over. To be called before there are threads: it forks.
[[nodiscard]] Result<void> self_check(
    std::span<const AdversarialCase> cases,
    const Clock& clock,
    std::chrono::milliseconds patience,
    std::chrono::milliseconds late = kLate
);

}  // namespace aihub::policy
