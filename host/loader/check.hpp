// `aihub plugin check`: does a plugin keep the rules?
#pragma once

#include "capability/framer.hpp"
#include "loader/negotiate.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace aihub::loader {

struct CheckOptions {
    std::string file;                       // the library
    std::string fixtures;                   // directory with one folder for each recorded exchange; empty: none
    capability::FramerFactory make_framer;  // the host's framing
    std::chrono::milliseconds test_time_max{20000};  // real time for one test
    HostFacts host;
};

// One test.
struct CheckResult {
    enum class Outcome { passed, failed, skipped };
    std::string name;  // "lifecycle", "codec/stream/cut everywhere"
    Outcome outcome = Outcome::failed;
    std::string message;  // of a failure: what was wrong; of a skipped one: why
    std::chrono::milliseconds took{0};
};

// The whole run.
struct CheckReport {
    std::string file;
    std::string id;  // empty: it could not be loaded
    std::string version;
    std::string abi;
    std::string built_with;
    std::vector<CheckResult> results;

    [[nodiscard]] std::size_t count(CheckResult::Outcome outcome) const;
    // No failure.
    [[nodiscard]] bool passed() const { return count(CheckResult::Outcome::failed) == 0; }
};

// Runs the tests one after another in child processes, one for each recorded exchange, and a new one after each
// failure: a crash, a hang or something left behind (threads, open files) is a failed test and nothing more. Each test
// has the plugin loaded anew. Call it from a process with one thread, because it forks; what the plugin prints goes to
// standard error.
[[nodiscard]] CheckReport check_plugin(const CheckOptions& options);

// One line for each test and a summary.
[[nodiscard]] std::string text_report(const CheckReport& report);
// {"file","id","version","abi","built_with","passed":bool,"counts":{"passed","failed","skipped"},
//  "results":[{"name","outcome","message","took_ms"}]}
[[nodiscard]] std::string json_report(const CheckReport& report);

}  // namespace aihub::loader
