// A piece of a distributed trace, as OpenTelemetry has it.
#pragma once

#include "base/clock.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aihub::model {

// All zero: none.
using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

// `name` is a text that lives as long as the process: "gen_ai.request.model".
struct SpanAttribute {
    std::string_view name;
    std::variant<std::string, std::int64_t, bool> value;
};

enum class SpanKind { server, client };

// Holds no prompt, no answer and no secret.
struct Span {
    TraceId trace{};
    SpanId id{};
    SpanId parent{};  // all zero: the root
    SpanKind kind = SpanKind::server;
    std::string name;   // "POST chat_completions", "chat large"
    std::string state;  // W3C tracestate; may be empty
    WallTime start;
    WallTime end;
    bool failed = false;
    std::string problem;  // of a failed one, for people; may be empty
    std::vector<SpanAttribute> attributes;
};

}  // namespace aihub::model
