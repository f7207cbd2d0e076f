// What a client is told when a call fails: status and error object, in the client's format.
#pragma once

#include "base/result.hpp"
#include "capability/provider.hpp"
#include "gateway/call.hpp"
#include "model/outcome.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace aihub::gateway {

// A failure as the client sees it, in the words of the dialect that most clients speak; shown_to() has it in that of a
// call's client. `body` is the complete JSON document {"error":{message,type,param,code}}.
struct Refusal {
    int status = 500;
    std::string body;
    std::chrono::seconds retry_after{0};  // 0: no Retry-After header
    bool retry_is_useless = false;        // x-should-retry: false, which SDKs obey
    model::Outcome outcome = model::Outcome::internal_error;
    // What `body` is made of.
    Errc kind = Errc::internal;  // of a failure of one of our own steps
    std::string message;
    std::string_view type;    // a text of the program
    std::string code;         // may be empty
    std::string param;        // may be empty
    std::string detail_json;  // the provider's own error object in the request's format, in place of all that; or empty
};

// Status and body as the client's dialect has them.
struct ShownRefusal {
    int status = 500;
    std::string body;
};
[[nodiscard]] ShownRefusal shown_to(const Call& call, const Refusal& refusal);

// A failure of one of our own steps.
[[nodiscard]] Refusal refusal_of(const Error& error);
// The process stops before the call is done.
[[nodiscard]] Refusal shutting_down();
// A failure of the provider, by its meaning: the status is ours to choose, and a provider that does not accept our
// credential never looks like a client with a bad key.
[[nodiscard]] Refusal refusal_of(const capability::Failure& failure);

// The operator says that `failure` is of another kind than its plugin said: the status, and what the client may see of
// the provider's words, follow from that. Words about our account stay with the operator whatever they count as.
void count_as(capability::Failure& failure, capability::FailureKind kind);

// Without the provider's own words: for deployments whose clients are not to know whom they talk to.
void hide_words(capability::Failure& failure);
// As the deployment shows it to clients (errors.provider_text).
[[nodiscard]] capability::Failure shown(const Call& call, capability::Failure failure);

// The event with which a stream of the call's format ends that has begun and cannot be completed. `events`: how many
// went before it.
[[nodiscard]] std::string error_event(const Call& call, const Refusal& refusal, std::uint64_t events);

}  // namespace aihub::gateway
