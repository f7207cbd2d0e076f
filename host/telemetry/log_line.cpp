#include "telemetry/log_line.hpp"

#include "base/json_text.hpp"

#include <aihub/text.hpp>

#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

#include <algorithm>
#include <vector>

namespace aihub::telemetry {
namespace {

constexpr std::string_view kLevelNames[] = {"debug", "info", "warn", "error"};
constexpr std::string_view kConsoleLevels[] = {"DEBUG", "INFO ", "WARN ", "ERROR"};
constexpr std::string_view kColours[] = {"\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[31m"};
constexpr std::string_view kColourEnd = "\x1b[0m";

std::size_t level_index(LogLevel level) {
    return static_cast<std::size_t>(std::clamp(static_cast<int>(level), 1, 4) - 1);
}

bool plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_.-/:@+,%*()[]<>#?&;~").find(c) != std::string_view::npos;
}

bool plain(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return plain(c); });
}

// A name that cannot be mistaken for the end of its field.
std::string safe_name(std::string_view name) {
    std::string result(name.substr(0, 128));
    for (char& c : result) {
        const bool good =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
        c = good ? c : '_';
    }
    return result.empty() ? "_" : result;
}

std::string limited(std::string_view text) {
    if (text.size() <= kLogTextBytesMax) {
        return std::string(text);
    }
    return std::string(sdk::utf8_prefix(text, kLogTextBytesMax)) + "...";
}

// Code points that a terminal obeys instead of showing: C1 controls, line and paragraph separator, direction overrides.
bool steers_terminal(std::string_view sequence) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(sequence[at]); };
    if (sequence.size() == 1) {
        return byte(0) < 0x20 || byte(0) == 0x7F;
    }
    if (sequence.size() == 2) {
        return byte(0) == 0xC2 && byte(1) < 0xA0;
    }
    if (sequence.size() != 3 || byte(0) != 0xE2) {
        return false;
    }
    return (byte(1) == 0x80 && byte(2) >= 0xA8 && byte(2) <= 0xAE) ||
           (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9);
}

// `sequence` is well-formed UTF-8 of one to three bytes.
void append_code_escape(std::string& out, std::string_view sequence) {
    constexpr std::string_view kHex = "0123456789abcdef";
    unsigned code = static_cast<unsigned char>(sequence[0]);
    code &= sequence.size() == 1 ? 0x7FU : (sequence.size() == 2 ? 0x1FU : 0x0FU);
    for (const char c : sequence.substr(1)) {
        code = (code << 6) | (static_cast<unsigned char>(c) & 0x3FU);
    }
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
        out += kHex[(code >> shift) & 0xFU];
    }
}

void append_console_text(std::string& out, std::string_view text, bool quoted) {
    while (!text.empty()) {
        const std::size_t length = sdk::utf8_length(text);
        const auto sequence = text.substr(0, std::max<std::size_t>(length, 1));
        if (length == 0) {
            sdk::append_utf8(out, 0xFFFD);
        } else if (sequence == "\n") {
            out += "\\n";
        } else if (steers_terminal(sequence)) {
            append_code_escape(out, sequence);
        } else {
            if (quoted && (sequence == "\"" || sequence == "\\")) {
                out += '\\';
            }
            out += sequence;
        }
        text.remove_prefix(sequence.size());
    }
}

std::string json_body(std::string_view message, const Field* fields, std::size_t count) {
    std::string out = "\"msg\":";
    append_json_string(out, limited(message));
    std::vector<std::string> taken = {"ts", "level", "msg"};
    for (std::size_t i = 0; i < count; ++i) {
        std::string name = safe_name(fields[i].key());
        while (std::find(taken.begin(), taken.end(), name) != taken.end()) {
            name += '_';
        }
        out += ",\"" + name + "\":";
        if (fields[i].bare()) {
            out += fields[i].text();
        } else {
            append_json_string(out, limited(fields[i].text()));
        }
        taken.push_back(std::move(name));
    }
    return out += '}';
}

std::string console_body(std::string_view message, const Field* fields, std::size_t count) {
    std::string out;
    append_console_text(out, limited(message), false);
    for (std::size_t i = 0; i < count; ++i) {
        out += ' ' + safe_name(fields[i].key()) + '=';
        const std::string value = limited(fields[i].text());
        if (plain(value)) {
            out += value;
            continue;
        }
        out += '"';
        append_console_text(out, value, true);
        out += '"';
    }
    return out;
}

}  // namespace

std::string log_body(LogFormat format, std::string_view message, const Field* fields, std::size_t count) {
    count = std::min(count, kLogFieldsMax);
    return format == LogFormat::json ? json_body(message, fields, count) : console_body(message, fields, count);
}

std::string log_head(LogFormat format, LogLevel level, WallTime time, bool colour) {
    const auto since_epoch = std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch());
    const std::string stamp =
        Poco::DateTimeFormatter::format(Poco::Timestamp(since_epoch.count()), "%Y-%m-%dT%H:%M:%S.%FZ");
    const std::size_t index = level_index(level);
    std::string out;
    if (format == LogFormat::json) {
        out.append(R"({"ts":")").append(stamp).append(R"(","level":")").append(kLevelNames[index]).append("\",");
        return out;
    }
    out.append(stamp).append(" ");
    if (colour) {
        out.append(kColours[index]).append(kConsoleLevels[index]).append(kColourEnd);
    } else {
        out.append(kConsoleLevels[index]);
    }
    return out.append(" ");
}

}  // namespace aihub::telemetry
