#include "identity/check_new_key.hpp"

#include "identity/permissions.hpp"

#include <algorithm>
#include <set>
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

// Policies and URLs name tags, so they are plain words.
bool is_tag_name(std::string_view text) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    };
    return !text.empty() && text.size() <= kTagNameMax && std::all_of(text.begin(), text.end(), allowed);
}

Result<void> check_permissions(const NewKey& wanted) {
    for (const auto& name : wanted.permissions) {
        if (!find_permission(name)) {
            return invalid("there is no such permission; there are " + permission_names(), "permissions");
        }
    }
    return {};
}

Result<void> check_tags(const NewKey& wanted) {
    if (wanted.tags.size() > kKeyTagsMax) {
        return invalid("a key takes at most 32 tags", "tags");
    }
    std::set<std::string_view> names;
    for (const auto& [name, value] : wanted.tags) {
        if (!is_tag_name(name)) {
            return invalid("the name of a tag must have 1 to 64 characters a-z, 0-9, _, - or .", "tags");
        }
        if (value.size() > kTagValueMax || has_control(value)) {
            return invalid("the value of a tag must have at most 256 bytes without control characters", "tags");
        }
        if (!names.insert(name).second) {
            return invalid("a key has each tag once", "tags");
        }
    }
    return {};
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
    AIHUB_CHECK(check_permissions(wanted));
    return check_tags(wanted);
}

}  // namespace aihub::identity
