// JSON text, written piece by piece.
#pragma once

#include <aihub/text.hpp>

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::sdk {

// Appends `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD, so the result is always valid JSON.
inline void append_json_string(std::string& out, std::string_view text) {
    constexpr char kHex[] = "0123456789abcdef";
    const auto needs_care = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte >= 0x80 || c == '"' || c == '\\';
    };
    out += '"';
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && !needs_care(text[plain])) {
            ++plain;
        }
        if (plain > 0) {
            out += text.substr(0, plain);
            text.remove_prefix(plain);
            continue;
        }
        const auto byte = static_cast<unsigned char>(text.front());
        std::size_t length = utf8_length(text);
        if (byte == '"' || byte == '\\') {
            out += '\\';
            out += text.front();
        } else if (byte == '\n') {
            out += "\\n";
        } else if (byte < 0x20) {
            out += "\\u00";
            out += kHex[byte >> 4];
            out += kHex[byte & 0xF];
        } else if (length == 0) {
            append_utf8(out, 0xFFFD);
            length = 1;
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    out += '"';
}

inline std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

// Writes one JSON value; commas are its business, balance is the caller's.
//   JsonWriter json;
//   json.begin_object().field("model", name).key("messages").raw(messages).end_object();
//   return std::move(json).text();
class JsonWriter {
public:
    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }

    JsonWriter& key(std::string_view name) {
        separate();
        append_json_string(text_, name);
        text_ += ':';
        comma_ = false;
        return *this;
    }

    // A value that is JSON already: from a JsonValue::raw() or a member of the request.
    JsonWriter& raw(std::string_view json) {
        separate();
        text_ += json;
        return *this;
    }
    JsonWriter& value(std::string_view text) {
        separate();
        append_json_string(text_, text);
        return *this;
    }
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(std::same_as<bool> auto truth) { return raw(truth ? "true" : "false"); }
    JsonWriter& value(std::nullptr_t) { return raw("null"); }
    // Not finite: null, because JSON has no such numbers.
    template <class Number>
    requires(std::integral<Number> || std::floating_point<Number>) &&
        (!std::same_as<Number, bool>)JsonWriter& value(Number number) {
        if constexpr (std::floating_point<Number>) {
            if (!std::isfinite(number)) {
                return value(nullptr);
            }
        }
        char digits[64];
        const auto written = std::to_chars(digits, digits + sizeof digits, number);
        return raw(std::string_view(digits, static_cast<std::size_t>(written.ptr - digits)));
    }

    template <class Value>
    JsonWriter& field(std::string_view name, const Value& content) {
        return key(name).value(content);
    }

    [[nodiscard]] const std::string& text() const& { return text_; }
    [[nodiscard]] std::string text() && { return std::move(text_); }

private:
    void separate() {
        if (comma_) {
            text_ += ',';
        }
        comma_ = true;
    }
    JsonWriter& open(char bracket) {
        separate();
        text_ += bracket;
        comma_ = false;
        return *this;
    }
    JsonWriter& close(char bracket) {
        text_ += bracket;
        comma_ = true;
        return *this;
    }

    std::string text_;
    bool comma_ = false;
};

}  // namespace aihub::sdk
