#include "delta_text.hpp"

#include <aihub/json_value.hpp>

#include <utility>

namespace aihub::provider_openai {
namespace {

constexpr std::size_t kEscapeBytes = 6;

bool ends_with_first_half(std::string_view text) {
    if (text.size() < kEscapeBytes) {
        return false;
    }
    const std::string_view escape = text.substr(text.size() - kEscapeBytes);
    const char high = escape[3];
    const bool half = escape.starts_with("\\u") && (escape[2] == 'd' || escape[2] == 'D') &&
                      (high == '8' || high == '9' || ((high | 0x20) >= 'a' && (high | 0x20) <= 'b'));
    if (!half) {
        return false;
    }
    // A backslash that is itself escaped begins nothing.
    const std::size_t begin = text.size() - kEscapeBytes;
    const std::size_t other = text.find_last_not_of('\\', begin);
    const std::size_t slashes = begin - (other == std::string_view::npos ? 0 : other + 1);
    return slashes % 2 == 0;
}

}  // namespace

std::string_view DeltaText::add(std::string_view raw, std::string& room) {
    if (raw.size() < 2 || raw.front() != '"') {
        return {};
    }
    const std::string_view inner = raw.substr(1, raw.size() - 2);
    if (inner.empty() || (held_.empty() && inner.find('\\') == std::string_view::npos)) {
        return inner;
    }
    std::string whole = std::exchange(held_, {}).append(inner);
    if (ends_with_first_half(whole)) {
        held_ = whole.substr(whole.size() - kEscapeBytes);
        whole.resize(whole.size() - kEscapeBytes);
    }
    room = sdk::json_unescape(whole);
    return room;
}

std::string DeltaText::rest() {
    return sdk::json_unescape(std::exchange(held_, {}));
}

}  // namespace aihub::provider_openai
