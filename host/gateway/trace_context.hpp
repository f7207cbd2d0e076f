// W3C Trace Context (level 1): the headers traceparent and tracestate. Pure functions.
#pragma once

#include "model/span.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::gateway {

struct TraceParent {
    model::TraceId trace{};
    model::SpanId span{};
    bool sampled = false;
};

// Strict: lower-case hex, no zero ids, not version ff; a version above 00 may say more behind what is known. Anything
// else is none.
[[nodiscard]] std::optional<TraceParent> parse_traceparent(std::string_view value);

// Whether a tracestate (the values of all its fields, joined by commas) may be passed on: at most 512 bytes and 32
// members of key=value.
[[nodiscard]] bool valid_tracestate(std::string_view value);

// "00-<trace>-<span>-01", always 55 characters.
void append_traceparent(std::string& out, const TraceParent& parent);

// Lower-case hex.
[[nodiscard]] std::string hex_text(const model::TraceId& id);

}  // namespace aihub::gateway
