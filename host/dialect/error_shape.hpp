// Errors as each dialect has them.
#pragma once

#include "dialect/format.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::dialect {

// What went wrong, in the words of the OpenAI dialect, from which the others follow. Views into what the caller holds.
struct ErrorFacts {
    int status = 500;          // the HTTP status that the OpenAI dialect has for it
    std::string_view message;  // for people
    std::string_view type;     // invalid_request_error, rate_limit_error, server_error
    std::string_view code;   // invalid_api_key, model_not_found, context_length_exceeded, overloaded, ...; may be empty
    std::string_view param;  // the field that it is about; may be empty
    std::string_view request_id;
    std::uint64_t retry_after_seconds = 0;  // 0: not said
};

// The status in that dialect: an overloaded provider is 529 to clients of Anthropic's, for example.
[[nodiscard]] int error_status(Dialect dialect, const ErrorFacts& facts);

// The complete JSON document: {"error":{message,type,param,code}}, {"type":"error","error":{type,message},"request_id"}
// or
// {"error":{code,message,status,details}}.
[[nodiscard]] std::string error_body(Dialect dialect, const ErrorFacts& facts);

// The same around a provider's own error object of that dialect.
[[nodiscard]] std::string error_around(Dialect dialect, std::string_view detail_json, std::string_view request_id);

// With what a stream of that format ends that has begun and cannot be completed: the whole frame. `events`: how many
// went before it. `array`: as in AnswerTraits.
[[nodiscard]] std::string error_event(Format format, const ErrorFacts& facts, std::uint64_t events, bool array);

}  // namespace aihub::dialect
