// What a key may be allowed in the management API. Model calls need no permission.
#pragma once

#include "model/permission_set.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::identity {

// There is no "none": what needs no permission would have to be said, and nothing does so far.
enum class Permission : std::uint8_t {
    platform_admin,
    permissions_read,
    providers_read,
    policies_read,
    policies_write
};

// In the order of Permission. Names are stored with keys, so they never change their meaning.
struct PermissionInfo {
    Permission permission;
    std::string_view name;         // "policies.read"
    std::string_view description;  // one sentence
};
[[nodiscard]] std::span<const PermissionInfo> permissions();

[[nodiscard]] std::string_view permission_name(Permission permission);
[[nodiscard]] std::optional<Permission> find_permission(std::string_view name);
// "platform.admin, policies.read, ...", for messages.
[[nodiscard]] std::string permission_names();

// The bits of `names`. A name that is not known (of a later version) gives no right.
[[nodiscard]] model::PermissionSet permission_set(const std::vector<std::string>& names);
// platform.admin allows everything.
[[nodiscard]] bool allows(const model::PermissionSet& set, Permission permission);

}  // namespace aihub::identity
