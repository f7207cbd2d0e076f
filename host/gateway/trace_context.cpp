#include "gateway/trace_context.hpp"

#include "net/http_chars.hpp"

#include <algorithm>
#include <span>

namespace aihub::gateway {

namespace {

constexpr std::size_t kTraceParentBytes = 55;
constexpr std::size_t kStateBytesMax = 512;
constexpr std::size_t kStateMembersMax = 32;
constexpr std::size_t kStatePartMax = 256;

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// False: not lower-case hex of exactly that many bytes.
bool read_hex(std::string_view text, std::span<std::uint8_t> out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    for (const auto byte : bytes) {
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 0xFU];
    }
}

template <class Id>
bool is_zero(const Id& id) {
    return std::all_of(id.begin(), id.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool is_key_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
}

bool is_state_member(std::string_view member) {
    const auto equals = std::min(member.find('='), member.size());
    const auto key = member.substr(0, equals);
    const auto value = member.substr(std::min(equals + 1, member.size()));
    const bool named = !key.empty() && key.size() <= kStatePartMax &&
                       ((key[0] >= 'a' && key[0] <= 'z') || (key[0] >= '0' && key[0] <= '9')) &&
                       std::all_of(key.begin(), key.end(), is_key_character);
    return named && !value.empty() && value.size() <= kStatePartMax &&
           std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7E && c != '='; });
}

}  // namespace

std::optional<TraceParent> parse_traceparent(std::string_view value) {
    if (value.size() < kTraceParentBytes || value[2] != '-' || value[35] != '-' || value[52] != '-') {
        return std::nullopt;
    }
    TraceParent parent;
    std::uint8_t version = 0;
    std::uint8_t flags = 0;
    const bool hex = read_hex(value, {&version, 1}) && read_hex(value.substr(3), parent.trace) &&
                     read_hex(value.substr(36), parent.span) && read_hex(value.substr(53), {&flags, 1});
    const bool more = value.size() > kTraceParentBytes;
    if (!hex || version == 0xFF || (more && (version == 0 || value[kTraceParentBytes] != '-')) ||
        is_zero(parent.trace) || is_zero(parent.span)) {
        return std::nullopt;
    }
    parent.sampled = (flags & 1U) != 0;
    return parent;
}

bool valid_tracestate(std::string_view value) {
    if (value.size() > kStateBytesMax) {
        return false;
    }
    std::size_t members = 0;
    while (!value.empty()) {
        const auto member = net::take_element(value);
        if (member.empty()) {
            continue;  // Allowed, for senders that join lists carelessly.
        }
        if (++members > kStateMembersMax || !is_state_member(member)) {
            return false;
        }
    }
    return members > 0;
}

void append_traceparent(std::string& out, const TraceParent& parent) {
    append_hex(out.append("00-"), parent.trace);
    append_hex(out.append("-"), parent.span);
    out.append(parent.sampled ? "-01" : "-00");
}

std::string hex_text(const model::TraceId& id) {
    std::string text;
    append_hex(text, id);
    return text;
}

}  // namespace aihub::gateway
