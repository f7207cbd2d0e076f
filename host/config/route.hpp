// Where calls to a name go, and what happens when that fails.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace aihub::config {

using Milliseconds = std::chrono::milliseconds;

// error_rules: what an answer of a provider means that looks like this. All conditions that are given must hold.
struct ErrorRule {
    std::vector<std::string> statuses;  // "429", "5xx", "200"; empty: any
    std::string type, code;             // of the provider's error object; empty: any
    std::string body;                   // stands in the beginning of the body; empty: any
    std::string then;                   // retry | fallback | fail; empty: as its kind says
    std::string as;                     // the kind that it counts as: "overloaded"; empty: as the plugin says
};

// retries: what happens after an attempt that failed before anything was sent to the client.
struct Retries {
    std::size_t attempts_max = 3;        // of one call, over all candidates
    Milliseconds backoff_min{100};       // the wait before the candidates are tried again; doubles each time
    Milliseconds backoff_max{2000};      // and grows up to this
    Milliseconds retry_after_max{5000};  // a provider's Retry-After up to this is waited for; longer: it is left out
    std::size_t budget_percent = 20;     // repeats at a provider, of the calls that it gets
    std::size_t budget_per_minute_min = 10;           // repeats that are allowed however few calls there are
    bool retry_accepted = false;                      // also when the provider may have done the work
    std::vector<std::string> fallback_on{"default"};  // failures after which the next candidate is tried
};

// breaker: when a provider is left alone for a while.
struct Breaker {
    std::size_t failures_max = 5;      // one after another; 0: does not count them
    std::size_t error_percent = 50;    // of the calls in `window`; 0: does not look
    std::size_t calls_min = 20;        // in `window`, before error_percent counts
    Milliseconds window{10000};        // of error_percent
    Milliseconds open{3000};           // how long it gets no call; then probes
    std::size_t probes_max = 3;        // calls at a time until one has succeeded
    Milliseconds cooldown_max{60000};  // a Retry-After counts for other calls, too, at most for this; 0: it does not
    // Answers of one model that did not begin in time, one after another; then that model is left alone for `open`. 0:
    // they are not counted.
    std::size_t first_byte_timeouts_max = 5;
};

// One place where a call to a route may go.
struct RouteCandidate {
    std::string provider;
    std::string model;
    std::size_t weight = 1;    // balance weighted: its share
    std::size_t priority = 0;  // the lowest first; others only after those have failed
};

// models.<alias>: a name of the deployment for models of providers.
struct Route {
    std::string name;
    std::vector<RouteCandidate> candidates;  // at least one
    std::string balance = "order";           // order | weighted | least_busy | peak_ewma
    std::string shadow;                      // "provider/model" that gets copies of calls; empty: none
    std::size_t shadow_percent = 0;          // how many of them
    Milliseconds hedge_after{0};             // a candidate that has not begun by then gets a second beside it; 0: none
    bool continue_streams = false;           // one that breaks off goes on at the next candidate
    Milliseconds connect{0}, write{0}, first_byte{0}, idle{0}, total{0};  // 0: as for the provider
    Retries retries{};                                                    // those of `retries` where nothing is said
    std::vector<ErrorRule> error_rules{};                                 // before those of the provider
};

}  // namespace aihub::config
