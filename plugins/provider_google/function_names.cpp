#include "function_names.hpp"

#include <algorithm>
#include <cstdint>

namespace aihub::provider_google {
namespace {

constexpr std::size_t kNameMax = 64;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool fits(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '-';
}

// FNV-1a: two names that differ only in what is not allowed stay two names.
std::string hash_of(std::string_view text) {
    constexpr char kHex[] = "0123456789abcdef";
    std::uint32_t hash = 2166136261U;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    }
    std::string out;
    for (int shift = 28; shift >= 0; shift -= 4) {
        out += kHex[(hash >> shift) & 0xFU];
    }
    return out;
}

}  // namespace

std::string FunctionNames::outward(std::string_view name) {
    if (!name.empty() && name.size() <= kNameMax && is_letter(name.front()) && std::ranges::all_of(name, fits)) {
        return std::string(name);
    }
    std::string made;
    for (const char c : name.substr(0, kNameMax - 10)) {
        made += fits(c) ? c : '_';
    }
    if (made.empty() || !is_letter(made.front())) {
        made.insert(made.begin(), '_');
    }
    made += '_' + hash_of(name);
    changed_.try_emplace(made, name);
    return made;
}

std::string_view FunctionNames::inward(std::string_view name) const {
    const auto found = changed_.find(name);
    return found == changed_.end() ? name : std::string_view(found->second);
}

}  // namespace aihub::provider_google
