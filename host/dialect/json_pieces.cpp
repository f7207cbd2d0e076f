#include "dialect/json_pieces.hpp"

#include "base/json_text.hpp"

#include <aihub/json_read.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace aihub::dialect {

namespace {

// Longer ids are no ids, but somebody's idea of a joke.
constexpr std::size_t kIdBytesMax = 256;
// With "call_" and a number it has to be no longer than 40.
constexpr std::size_t kOwnBytesMax = 28;

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool is_id_byte(char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || std::string_view("_-.:").find(c) != std::string_view::npos;
}

std::string_view raw_of(const sdk::JsonValue& value, sdk::JsonKind kind) {
    return value.is(kind) ? value.raw() : std::string_view();
}

}  // namespace

void append_string_or_null(std::string& out, std::string_view text) {
    if (text.empty()) {
        out += "null";
        return;
    }
    append_json_string(out, text);
}

void append_number(std::string& out, std::uint64_t value) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

void append_flat_json(std::string& out, std::string_view json) {
    while (!json.empty()) {
        const auto length = sdk::utf8_length(json);
        const bool line_end = json.front() == '\n' || json.front() == '\r';
        out += length == 0 ? "\xEF\xBF\xBD" : line_end ? " " : json.substr(0, length);
        json.remove_prefix(length == 0 ? 1 : length);
    }
}

void append_arguments(std::string& out, std::string_view text) {
    text = trimmed(text);
    if (text.empty()) {
        out += "{}";
        return;
    }
    const auto document = sdk::JsonDocument::parse(text);
    // Valid JSON may still hold bytes that are not UTF-8; as a text they become U+FFFD.
    std::size_t at = 0;
    while (at < text.size() && sdk::utf8_length(text.substr(at)) > 0) {
        at += sdk::utf8_length(text.substr(at));
    }
    if (document && document->root().is(sdk::JsonKind::object) && at == text.size()) {
        append_flat_json(out, text);
        return;
    }
    out += "{\"_raw\":";
    append_json_string(out, text);
    out += '}';
}

std::string_view elements_of(std::string_view array) {
    array = trimmed(array);
    const auto document = sdk::JsonDocument::parse(array);
    if (!document || !document->root().is(sdk::JsonKind::array)) {
        return {};
    }
    return trimmed(array.substr(1, array.size() - 2));
}

Citation read_citation(std::string_view json) {
    Citation citation;
    const auto document = sdk::JsonDocument::parse(json);
    if (!document) {
        return citation;
    }
    const auto root = document->root();
    citation.url = raw_of(root["url"], sdk::JsonKind::string);
    citation.title = raw_of(root["title"], sdk::JsonKind::string);
    citation.cited_text = raw_of(root["cited_text"], sdk::JsonKind::string);
    citation.start_index = raw_of(root["start_index"], sdk::JsonKind::number);
    citation.end_index = raw_of(root["end_index"], sdk::JsonKind::number);
    return citation;
}

void append_link(std::string& out, const Citation& source) {
    out += "\"url\":";
    append_flat_json(out, raw_or(source.url, "\"\""));
    out += ",\"title\":";
    append_flat_json(out, raw_or(source.title, "\"\""));
    out += ",\"start_index\":";
    out += raw_or(source.start_index, "0");
    out += ",\"end_index\":";
    out += raw_or(source.end_index, "0");
}

std::string answer_id(std::string_view prefix, std::string_view upstream, std::string_view own, bool any) {
    const bool usable = !upstream.empty() && upstream.size() <= kIdBytesMax &&
                        std::all_of(upstream.begin(), upstream.end(), is_id_byte) &&
                        (any || upstream.starts_with(prefix));
    if (usable) {
        return std::string(upstream);
    }
    return std::string(prefix).append(own);
}

std::string made_id(std::string_view own) {
    const auto fits = [](char c) { return is_id_byte(c) && c != '.' && c != ':'; };
    if (own.size() <= kOwnBytesMax && std::all_of(own.begin(), own.end(), fits)) {
        return std::string(own);
    }
    constexpr std::uint64_t kPrime = 0x100000001B3U;  // FNV-1a
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char c : own) {
        hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
    }
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
    return {digits.data(), end};
}

}  // namespace aihub::dialect
