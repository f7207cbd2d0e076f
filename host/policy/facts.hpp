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
    double latency_ms = 0;    // to expect until an answer begins: recent peaks count; 0: not known
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
    // Gets a bit for the place of each assignment that a hook reads, of the first 64; null: nobody asks.
    std::uint64_t* assignments_read = nullptr;
    std::span<const CandidateFacts> candidates;
    std::span<const ProviderFacts> providers;
    std::span<const TextPair> values;  // of aihub.kv, by name
    WallTime now{};                    // the time of the request; it does not move while policies run
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

// What `price` is told was used, once it is final. A count that the provider did not say is 0; `known` tells which.
struct UsageFacts {
    std::string_view provider;   // configured name
    std::string_view model;      // as the provider was asked
    std::string_view operation;  // "chat_completions", "embeddings", ...
    bool known = true;           // false: the provider did not say what it used
    std::int64_t requests = 1;
    std::int64_t input_tokens = 0;   // those of the cache, too
    std::int64_t output_tokens = 0;  // those of reasoning, too
    std::int64_t cache_read_tokens = 0;
    std::int64_t cache_write_tokens = 0;  // those kept for an hour, too
    std::int64_t cache_write_1h_tokens = 0;
    std::int64_t reasoning_tokens = 0;
    std::int64_t audio_tokens = 0;
    std::int64_t audio_ms = 0;
    std::int64_t images = 0;
    bool operator==(const UsageFacts&) const = default;
};

// What was fixed when the call was admitted, whatever was activated since.
struct QuoteFacts {
    std::string_view organization;
    std::string_view team;
    std::string_view user;
    std::string_view key;         // the id of the key, never its text
    std::string_view model;       // that was asked for
    std::string_view currency;    // of the installation
    std::string_view started_at;  // "2026-11-22T06:04:01Z", for prices that begin on a day
    std::span<const TextPair> tags;
    std::span<const TextPair> assignments;
};

// All that `price` knows: it sees no call, no clock, no provider and no value of aihub.kv.
struct PriceFacts {
    UsageFacts usage;
    QuoteFacts quote;
};

// A text that a guard looks at.
struct GuardFacts {
    std::string_view text;
    std::int64_t offset = 0;  // bytes of the same text before it, which guard_window has seen
    bool last = true;         // nothing comes behind it
    std::span<const TextPair> labels;
};

}  // namespace aihub::policy
