#include "wire_names.hpp"

#include "json_texts.hpp"

#include <algorithm>
#include <cstdint>

namespace aihub::provider_anthropic {
namespace {

constexpr std::size_t kToolBytesMax = 128;
constexpr std::size_t kIdBytesMax = 128;

bool is_good(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_good(std::string_view text, std::size_t bytes_max) {
    return !text.empty() && text.size() <= bytes_max && std::ranges::all_of(text, [](char c) { return is_good(c); });
}

// The good bytes and a hash (FNV-1a) of all of them, so that two names do not become one.
std::string made_good(std::string_view text, std::size_t bytes_max) {
    constexpr char kHex[] = "0123456789abcdef";
    constexpr std::size_t kHashBytes = 9;
    std::uint32_t hash = 2166136261U;
    std::string out;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
        if (out.size() + kHashBytes < bytes_max) {
            out += is_good(c) ? c : '_';
        }
    }
    out += '_';
    for (unsigned shift = 32; shift > 0; shift -= 4) {
        out += kHex[(hash >> (shift - 4)) & 0xFU];
    }
    return out;
}

}  // namespace

std::string WireNames::tool(sdk::JsonText name) {
    std::string text = plain(name);
    if (is_good(text, kToolBytesMax)) {
        return '"' + text + '"';
    }
    std::string sent = made_good(text, kToolBytesMax);
    std::string quoted = '"' + sent + '"';
    changed_.try_emplace(std::move(sent), std::move(text));
    return quoted;
}

std::string WireNames::id(sdk::JsonText id) {
    const std::string text = plain(id);
    return '"' + (is_good(text, kIdBytesMax) ? text : made_good(text, kIdBytesMax)) + '"';
}

std::string WireNames::original(std::string_view sent) const {
    const auto found = changed_.find(sent);
    return found == changed_.end() ? std::string(sent) : found->second;
}

}  // namespace aihub::provider_anthropic
