#include "wire_names.hpp"

#include <algorithm>
#include <cstdint>

namespace aihub::provider_openai {
namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kIdBytesMax = 40;
constexpr std::size_t kShortIdBytes = 9;
constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

// FNV-1a, 64 bits.
std::uint64_t hash(std::string_view text) {
    std::uint64_t sum = 14695981039346656037U;
    for (const char c : text) {
        sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211U;
    }
    return sum;
}

std::string digits_of(std::uint64_t number, std::size_t count) {
    std::string out;
    for (std::size_t at = 0; at < count; ++at) {
        out += kDigits[number % kDigits.size()];
        number /= kDigits.size();
    }
    return out;
}

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name_byte(char c) {
    return is_alphanumeric(c) || c == '_' || c == '-';
}

}  // namespace

std::string ToolNames::to_wire(std::string_view name) {
    if (name.size() <= kNameBytesMax && std::ranges::all_of(name, is_name_byte)) {
        return std::string(name);
    }
    constexpr std::size_t kMark = 8;
    std::string wire(name.substr(0, kNameBytesMax - kMark - 1));
    std::ranges::replace_if(
        wire, [](char c) { return !is_name_byte(c); }, '_'
    );
    wire += '_' + digits_of(hash(name), kMark);
    changed_.try_emplace(wire, name);
    return wire;
}

std::string_view ToolNames::to_client(std::string_view wire) const {
    const auto found = changed_.find(wire);
    return found == changed_.end() ? wire : std::string_view(found->second);
}

std::string wire_call_id(std::string_view id, bool short9) {
    if (short9) {
        const bool fits = id.size() == kShortIdBytes && std::ranges::all_of(id, is_alphanumeric);
        return fits ? std::string(id) : digits_of(hash(id), kShortIdBytes);
    }
    constexpr std::size_t kMark = 10;
    return id.size() <= kIdBytesMax ? std::string(id) : "call_" + digits_of(hash(id), kMark);
}

}  // namespace aihub::provider_openai
