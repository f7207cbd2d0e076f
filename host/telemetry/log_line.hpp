// The text of one log line. Pure functions; any thread.
#pragma once

#include "base/clock.hpp"
#include "telemetry/log.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace aihub::telemetry {

constexpr std::size_t kLogTextBytesMax = 8192;  // of a message or a value; the rest becomes "..."
constexpr std::size_t kLogFieldsMax = 64;       // in one line; the rest is left out

// What follows time and level.
//   json:    "msg":"provider refused call","provider":"acme","status":429}
//   console: provider refused call provider=acme status=429
// Text is always valid UTF-8 without control characters. A field of JSON whose name is taken ("ts", "level", "msg", an
// earlier field) gets a "_" behind its name. In the console form, a value with anything but plain characters stands in
// quotes, escaped as in JSON, and so are characters that change the direction of text or steer a terminal.
[[nodiscard]] std::string log_body(LogFormat format, std::string_view message, const Field* fields, std::size_t count);

// Time (UTC, RFC 3339, microseconds) and level.
//   json:    {"ts":"2026-01-31T12:00:00.000001Z","level":"info",
//   console: 2026-01-31T12:00:00.000001Z INFO
[[nodiscard]] std::string log_head(LogFormat format, LogLevel level, WallTime time, bool colour);

}  // namespace aihub::telemetry
