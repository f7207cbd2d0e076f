// Which bytes HTTP allows where (RFC 9110, section 5.6).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace aihub::net {

namespace detail {
constexpr std::array<bool, 256> make_token_table() {
    std::array<bool, 256> table{};
    for (const char letter :
         std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        table[static_cast<unsigned char>(letter)] = true;
    }
    return table;
}
inline constexpr std::array<bool, 256> kToken = make_token_table();
}  // namespace detail

// A byte of a token: field names, methods, codings.
constexpr bool is_token_byte(unsigned char byte) {
    return detail::kToken[byte];
}

constexpr bool is_token(std::string_view text) {
    for (const char byte : text) {
        if (!is_token_byte(static_cast<unsigned char>(byte))) {
            return false;
        }
    }
    return !text.empty();
}

// A byte of a field's value: text of any character set, spaces and tabs, but no control character.
constexpr bool is_field_byte(unsigned char byte) {
    return (byte >= 0x20 && byte != 0x7F) || byte == '\t';
}

constexpr bool is_digit(unsigned char byte) {
    return byte >= '0' && byte <= '9';
}

// 0 to 15, or -1: not a hexadecimal digit.
constexpr int hex_value(unsigned char byte) {
    if (is_digit(byte)) {
        return byte - '0';
    }
    const unsigned lower = byte | 0x20U;
    return lower >= 'a' && lower <= 'f' ? static_cast<int>(lower) - 'a' + 10 : -1;
}

constexpr unsigned char ascii_lower(unsigned char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<unsigned char>(byte | 0x20U) : byte;
}

// Whether `text` is `lower_case` in any mixture of cases.
constexpr bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
    if (text.size() != lower_case.size()) {
        return false;
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (ascii_lower(static_cast<unsigned char>(text[at])) != static_cast<unsigned char>(lower_case[at])) {
            return false;
        }
    }
    return true;
}

constexpr bool is_blank(char byte) {
    return byte == ' ' || byte == '\t';
}

// `text` without spaces and tabs around it.
constexpr std::string_view trim_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

// Takes the next element off a comma-separated `list`, without blanks around it; it may be empty.
constexpr std::string_view take_element(std::string_view& list) {
    const std::size_t comma = list.find(',');
    const std::string_view element = trim_blanks(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    return element;
}

// Whether a comma-separated `list` has the element `lower_case`, in any mixture of cases.
constexpr bool lists_element(std::string_view list, std::string_view lower_case) {
    while (!list.empty()) {
        if (equals_ignoring_case(take_element(list), lower_case)) {
            return true;
        }
    }
    return false;
}

}  // namespace aihub::net
