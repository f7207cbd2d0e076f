// `policies`: bundles of Lua that decide about calls.
#pragma once

#include "config/route.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace aihub::config {

// policies.on_error.<hook>, policies.budgets.<hook>: what one hook may cost, and what becomes of a call for which it
// failed. The defaults are those of policy::default_budget() and policy::default_on_error().
struct PolicyHook {
    std::string on_error;
    std::size_t steps_max = 50000;
    Milliseconds cpu_max{1};
};

// policies.decisions: what policies decided, for `aihub policy replay`.
struct PolicyDecisions {
    bool record = true;
    std::string directory = "var/decisions";
    std::size_t file_bytes_max = 64UL * 1024 * 1024;
    std::size_t bytes_max = 1024UL * 1024 * 1024;
    Milliseconds retention{7 * 24 * 3600000LL};
    std::size_t queue_max = 10000;
};

// policies.bands: a candidate outside of them is taken back. Points are percent points, compared with the active bundle
// over the same time.
struct PolicyBands {
    Milliseconds window{300000};
    std::size_t calls_min = 100;   // of the candidate in the window, before it is judged
    std::size_t errors_max = 5;    // points more of its calls may fail
    std::size_t denied_max = 10;   // points more may be refused by `admit`
    std::size_t failures_max = 1;  // percent of its hook calls may fail
    std::size_t stops_max = 3;     // hook calls may be stopped at a limit
    std::size_t cost_max = 50;     // percent more for a call
    std::size_t latency_max = 50;  // percent more, of the 95th percentile
};

struct Policies {
    std::string folder;                                        // empty: the database says which bundle is active
    Milliseconds poll_interval{1000};                          // how soon a change is seen
    std::string currency = "USD";                              // that price policies are told
    std::map<std::string, std::string> values;                 // aihub.kv
    std::vector<std::string> headers;                          // of requests that policies see, in lower case
    PolicyHook admit{"refuse", 50000, Milliseconds(1)};        // refuse | ordinary
    PolicyHook experiment{"control", 50000, Milliseconds(1)};  // control | ordinary
    PolicyHook route{"ordinary", 100000, Milliseconds(2)};     // ordinary | refuse
    PolicyHook fallback{"ordinary", 50000, Milliseconds(1)};   // ordinary | stop
    PolicyHook label{"ordinary", 50000, Milliseconds(1)};      // always ordinary: no labels
    PolicyHook price{"unrated", 50000, Milliseconds(1)};       // always unrated
    std::size_t memory_max = 4UL * 1024 * 1024;                // of a state, after garbage was collected
    std::size_t memory_hard_max = 8UL * 1024 * 1024;           // of a state at any moment
    std::size_t failures_max = 20;  // of one hook in a row: back to the last good bundle; 0: never
    PolicyDecisions decisions;
    PolicyBands bands;
};

}  // namespace aihub::config
