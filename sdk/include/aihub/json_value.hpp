// One value of a JsonDocument.
#pragma once

#include <aihub/text.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::sdk {

enum class JsonKind { missing, null, boolean, number, string, array, object };

namespace detail {

// Documents are stored in reading order: the first child follows its parent, `next` is the index behind the subtree.
struct JsonNode {
    JsonKind kind;
    std::size_t next;
    std::size_t count;     // children
    std::string_view key;  // between its quotes, escapes left in
    std::string_view raw;  // the whole value
};

inline int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    const char lower = static_cast<char>(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace detail

// The text that a JSON string stands for; `inner` is what stands between its quotes. Pairs of surrogates become one
// character; a surrogate without its partner becomes U+FFFD.
inline std::string json_unescape(std::string_view inner) {
    const auto unit = [&](std::size_t at) -> char32_t {
        char32_t code = 0;
        for (std::size_t digit = at; digit < at + 4; ++digit) {
            const int nibble = digit < inner.size() ? detail::hex_digit(inner[digit]) : -1;
            code = code * 16 + static_cast<char32_t>(nibble < 0 ? 0 : nibble);
        }
        return code;
    };
    std::string out;
    out.reserve(inner.size());
    for (std::size_t at = 0; at < inner.size(); ++at) {
        const std::size_t escape = std::min(inner.find('\\', at), inner.size());
        out += inner.substr(at, escape - at);
        at = escape;
        if (at + 1 >= inner.size()) {
            out += inner.substr(at);  // a last backslash escapes nothing
            break;
        }
        const char kind = inner[++at];
        const auto simple = std::string_view("bfnrt").find(kind);
        if (simple != std::string_view::npos) {
            out += "\b\f\n\r\t"[simple];
            continue;
        }
        if (kind != 'u') {
            out += kind;
            continue;
        }
        char32_t code = unit(at + 1);
        at += 4;
        const bool high = code >= 0xD800 && code <= 0xDBFF;
        if (high && inner.substr(at + 1 <= inner.size() ? at + 1 : inner.size(), 2) == "\\u") {
            const char32_t low = unit(at + 3);
            if (low >= 0xDC00 && low <= 0xDFFF) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                at += 6;
            }
        }
        append_utf8(out, code);
    }
    return out;
}

// A cheap view into a document; every question to a missing value has a quiet answer, so chains need no checks:
//   value["choices"][0]["delta"]["content"].string_or("")
class JsonValue {
public:
    JsonValue() = default;
    JsonValue(const detail::JsonNode* nodes, std::size_t index) : nodes_(nodes), index_(index) {}

    [[nodiscard]] JsonKind kind() const { return nodes_ == nullptr ? JsonKind::missing : node().kind; }
    [[nodiscard]] bool is(JsonKind kind_asked) const { return kind() == kind_asked; }
    explicit operator bool() const { return nodes_ != nullptr; }

    // The value's own bytes: strings with quotes and escapes, numbers as they were written.
    [[nodiscard]] std::string_view raw() const { return nodes_ == nullptr ? std::string_view{} : node().raw; }
    // The member's name, when the value is one of an object.
    [[nodiscard]] std::string key() const { return nodes_ == nullptr ? std::string{} : json_unescape(node().key); }
    // Members or elements.
    [[nodiscard]] std::size_t size() const { return nodes_ == nullptr ? 0 : node().count; }

    // Member `name` of an object; the last one when there are several.
    [[nodiscard]] JsonValue operator[](std::string_view name) const {
        JsonValue found;
        if (is(JsonKind::object)) {
            for (const JsonValue member : *this) {
                const std::string_view key_text = member.node().key;
                const bool plain = key_text.find('\\') == std::string_view::npos;
                if (plain ? key_text == name : member.key() == name) {
                    found = member;
                }
            }
        }
        return found;
    }
    [[nodiscard]] JsonValue operator[](const char* name) const { return (*this)[std::string_view(name)]; }
    // Element `position` of an array.
    [[nodiscard]] JsonValue operator[](std::size_t position) const {
        if (!is(JsonKind::array) || position >= size()) {
            return {};
        }
        auto element = begin();
        for (; position > 0; --position) {
            ++element;
        }
        return *element;
    }
    [[nodiscard]] JsonValue operator[](int position) const {
        return position < 0 ? JsonValue{} : (*this)[static_cast<std::size_t>(position)];
    }

    [[nodiscard]] std::optional<std::string> string() const {
        if (!is(JsonKind::string)) {
            return std::nullopt;
        }
        return json_unescape(raw().substr(1, raw().size() - 2));
    }
    [[nodiscard]] std::string string_or(std::string_view fallback) const {
        auto text = string();
        return text ? *std::move(text) : std::string(fallback);
    }
    [[nodiscard]] std::optional<bool> boolean() const {
        return is(JsonKind::boolean) ? std::optional(raw() == "true") : std::nullopt;
    }
    [[nodiscard]] bool boolean_or(bool fallback) const { return boolean().value_or(fallback); }
    // No value when it is not a number, or does not fit the type.
    template <class Number>
    [[nodiscard]] std::optional<Number> number() const {
        Number result{};
        const std::string_view text = is(JsonKind::number) ? raw() : std::string_view{};
        const auto read = std::from_chars(text.data(), text.data() + text.size(), result);
        const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size() && !text.empty();
        return whole ? std::optional(result) : std::nullopt;
    }

    // Children, for range-for.
    class Iterator {
    public:
        Iterator(const detail::JsonNode* nodes, std::size_t index) : nodes_(nodes), index_(index) {}
        JsonValue operator*() const { return {nodes_, index_}; }
        Iterator& operator++() {
            index_ = nodes_[index_].next;
            return *this;
        }
        bool operator==(const Iterator& other) const { return index_ == other.index_; }

    private:
        const detail::JsonNode* nodes_;
        std::size_t index_;
    };
    [[nodiscard]] Iterator begin() const { return {nodes_, nodes_ == nullptr ? 0 : index_ + 1}; }
    [[nodiscard]] Iterator end() const {
        const bool container = is(JsonKind::array) || is(JsonKind::object);
        return container ? Iterator{nodes_, node().next} : begin();
    }

private:
    [[nodiscard]] const detail::JsonNode& node() const { return nodes_[index_]; }

    const detail::JsonNode* nodes_ = nullptr;
    std::size_t index_ = 0;
};

}  // namespace aihub::sdk
