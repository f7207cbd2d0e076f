// What a policy may know of a call: views that have to live as long as the hook runs. No text of prompts.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace aihub::policy {

using TextPair = std::pair<std::string_view, std::string_view>;

// A provider as the gateway sees it at this moment. `aihub.provider(name)` in scripts.
struct ProviderFacts {
    std::string_view name;
    std::string_view region;  // as configured, for example "eu"; may be empty
    bool healthy = true;      // no circuit breaker is open
    double error_rate = 0;    // 0 to 1, recent
    double latency_ms = 0;    // 95th percentile, recent; 0: not known
    double price_input = 0;   // for a million tokens; 0: not known
    double price_output = 0;
    std::int64_t in_flight = 0;
};

// One candidate of the route that the configuration has for the model asked for.
struct CandidateFacts {
    std::string_view provider;
    std::string_view model;
    std::string_view region;  // of the provider; may be empty
    double weight = 1;
};

// The fields of `ctx`. A name here is the name there; docs/policies/README.md explains them.
struct CallFacts {
    std::string_view request_id;
    std::string_view organization;
    std::string_view team;
    std::string_view user;
    std::string_view key;  // the id of the key, never its text
    std::string_view session;
    std::string_view model;
    std::string_view dialect;
    std::string_view region;
    std::string_view language;
    bool stream = false;
    bool has_tools = false;
    bool has_images = false;
    std::int64_t message_count = 0;
    std::int64_t input_tokens = 0;  // estimated
    std::int64_t output_tokens_max = 0;
    std::int64_t longest_text_bytes = 0;
    std::int64_t attempt = 1;
    std::span<const TextPair> headers;      // those that the configuration lets policies see, names in lower case
    std::span<const TextPair> tags;         // of the key
    std::span<const TextPair> assignments;  // experiment and arm
    std::span<const CandidateFacts> candidates;
    std::span<const ProviderFacts> providers;
    WallTime now{};  // the time of the request; it does not move while policies run
};

// What `fallback` is told of the candidate that failed.
struct AttemptFacts {
    std::string_view provider;
    std::string_view model;
    std::string_view kind;  // "timeout", "rate_limited", "unavailable", ...
    std::int64_t status = 0;
    std::int64_t attempts = 1;  // so far
};

// What `label` is told of a call that is over.
struct OutcomeFacts {
    std::string_view provider;
    std::string_view model;
    std::string_view error_kind;  // empty: it succeeded
    std::int64_t status = 0;
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    double duration_ms = 0;
};

}  // namespace aihub::policy
