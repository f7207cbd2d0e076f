// Which bundle, hook, line and inputs led where, for one call.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "policy/bundle.hpp"
#include "policy/decision_record.hpp"
#include "policy/facts_file.hpp"
#include "policy/policy_state.hpp"
#include "policy/said_text.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aihub::policy {

// A line that ran.
struct ExplainedLine {
    std::string file;
    int line = 0;
    std::string text;  // without the space around it
};
inline constexpr std::size_t kExplainedTextBytesMax = 200;  // of a line; the rest is cut off
inline constexpr std::size_t kExplainedLinesMax = 20'000;   // of all hooks; those after it come without lines

// One call of a hook.
struct ExplainedHook {
    Hook hook = Hook::admit;
    std::string bundle_name;
    std::string bundle_hash;
    std::vector<NamedText> inputs;
    // As recorded; nothing for a call that was not made.
    std::optional<DecidedAs> part;
    std::optional<Said> said;
    std::chrono::nanoseconds duration{0};
    std::uint64_t steps = 0;
    // What the bundle that was asked again says, when that is not what was recorded.
    std::optional<Said> now;
    std::string now_by;  // label of that bundle
    // In order, the last one decided; a line that ran several times in a row stands once.
    std::vector<ExplainedLine> lines;
    bool lines_cut = false;     // some are missing before the last one
    std::string lines_unknown;  // why there are none; empty: there are
};

struct Explanation {
    std::string request_id;
    WallTime at{};  // of the call; zero: not said
    std::vector<ExplainedHook> hooks;
};

struct ExplainOptions {
    StateOptions state;                    // the limits that the gateway gives
    std::shared_ptr<const Bundle> bundle;  // who is asked again; null: the one that each record names
    // Finds the latter by its hash.
    std::function<Result<std::shared_ptr<const Bundle>>(const std::string& hash)> find_bundle;
    std::function<bool()> stop;  // asked now and then: true gives up; may be empty
};

// Of the records in a folder. Errors are those of find_records().
[[nodiscard]] Result<Explanation> explain_request(
    const std::string& directory, const std::string& request_id, const ExplainOptions& options
);
// Of a call that was not made: what `options.bundle`, which is not null, says now.
[[nodiscard]] Explanation explain_facts(const FactsFile& call, const ExplainOptions& options);

// For programs.
[[nodiscard]] std::string json_explanation(const Explanation& explanation);

}  // namespace aihub::policy
