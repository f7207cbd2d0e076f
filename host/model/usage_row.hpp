// The record of one request, as it is stored.
#pragma once

#include "base/clock.hpp"
#include "model/outcome.hpp"
#include "model/usage.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace aihub::model {

// One row for each request, refusals too. Holds no prompt, no answer and no secret.
struct UsageRow {
    std::string request_id;
    WallTime started_at;
    std::string key_id;       // empty: not identified
    std::string operation;    // "chat_completions", "embeddings", "models"
    std::string model_asked;  // as the client wrote it
    std::string model_used;   // as the provider was asked
    std::string provider;     // configured name; empty: no attempt
    std::uint32_t attempts = 0;
    bool streamed = false;
    int status = 0;  // HTTP status sent to the client; 499: it left first
    Outcome outcome = Outcome::internal_error;
    Usage usage;
    std::uint64_t bytes_in = 0;   // request body
    std::uint64_t bytes_out = 0;  // response body
    std::chrono::microseconds duration{0};
    std::chrono::microseconds first_byte{0};  // until the first byte of the answer was sent; 0: none was
    std::chrono::microseconds overhead{0};    // duration less the time spent waiting for provider and client
    std::string policy;                       // hash of the bundle of policies that decided; empty: none did
    std::string experiments;                  // those whose arm counted, see experiment/exposure.hpp; at most 256 bytes
    std::string labels;                       // "name=value,other=value" by the policy `label`; at most 256 bytes
    std::string rating;                       // "rated", "unrated": the price policy failed; empty: there is none
    std::string amount;                       // what it costs, a decimal number; empty: it was not rated
    std::string currency;                     // of the amount
};

}  // namespace aihub::model
