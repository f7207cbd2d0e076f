#include "identity/check_new_key.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace aihub::identity {

namespace {

constexpr std::size_t kModelNameMax = 200;
constexpr std::size_t kBrandMax = 20;

Error invalid(std::string message, std::string param) {
    return {Errc::invalid_request, std::move(message), "key_invalid", std::move(param)};
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
}

bool is_brand(std::string_view text) {
    const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !text.empty() && text.size() <= kBrandMax && std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace

Result<void> check_new_key(const NewKey& wanted, WallTime now) {
    if (wanted.name.empty() || wanted.name.size() > kKeyNameMax || has_control(wanted.name)) {
        return invalid("a key needs a name of 1 to 100 bytes without control characters", "name");
    }
    if (wanted.name.starts_with("ak_")) {
        return invalid("the name of a key may not start with ak_, ids do", "name");
    }
    if (wanted.models.size() > kKeyModelsMax) {
        return invalid("a key takes at most 1000 model names", "models");
    }
    for (const auto& model : wanted.models) {
        if (model.empty() || model.size() > kModelNameMax || has_control(model)) {
            return invalid("a model name must have 1 to 200 bytes without control characters", "models");
        }
    }
    if (wanted.expires_at && *wanted.expires_at <= now) {
        return invalid("the key would have expired already, give a time in the future", "expires_at");
    }
    if (!is_brand(wanted.brand) || !is_brand(wanted.env)) {
        return invalid("the key prefix must have 1 to 20 characters a-z, 0-9 or -", "identity.key_prefix");
    }
    return {};
}

}  // namespace aihub::identity
