#include "dialect/vector_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace aihub::dialect {

void append_floats(std::string& out, std::string_view bytes) {
    out += '[';
    std::array<char, 32> text{};
    for (std::size_t at = 0; at + sizeof(float) <= bytes.size(); at += sizeof(float)) {
        float value = 0;
        std::memcpy(&value, bytes.data() + at, sizeof(value));
        out += at == 0 ? "" : ",";
        if (!std::isfinite(value)) {
            out += "null";  // JSON has no such number.
            continue;
        }
        const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
        out.append(text.data(), end);
    }
    out += ']';
}

void append_base64(std::string& out, std::string_view bytes) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto left = std::min<std::size_t>(3, bytes.size() - at);
        unsigned bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = (bits << 8U) | (i < left ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        }
        for (unsigned i = 0; i < 4; ++i) {
            out += i <= left ? kAlphabet[(bits >> (18U - 6U * i)) & 63U] : '=';
        }
    }
}

}  // namespace aihub::dialect
