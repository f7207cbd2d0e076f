#include "identity/permissions.hpp"

#include <algorithm>
#include <array>

namespace aihub::identity {

namespace {

constexpr std::array kPermissions{
    PermissionInfo{
        Permission::platform_admin,
        "platform.admin",
        "Everything, also what later versions will have permissions for."},
    PermissionInfo{
        Permission::permissions_read,
        "permissions.read",
        "See which permissions there are, and which route needs which."},
    PermissionInfo{Permission::providers_read, "providers.read", "See the providers and how they do."},
    PermissionInfo{
        Permission::policies_read,
        "policies.read",
        "See policies, their sources and their history; lint, test, explain, replay."},
    PermissionInfo{Permission::policies_write, "policies.write", "Upload policies, activate them and roll them back."},
};

std::size_t bit_of(Permission permission) {
    return static_cast<std::size_t>(permission);
}

}  // namespace

std::span<const PermissionInfo> permissions() {
    return kPermissions;
}

std::string_view permission_name(Permission permission) {
    return kPermissions[bit_of(permission)].name;
}

std::optional<Permission> find_permission(std::string_view name) {
    const auto* const found = std::find_if(kPermissions.begin(), kPermissions.end(), [name](const PermissionInfo& one) {
        return one.name == name;
    });
    return found == kPermissions.end() ? std::nullopt : std::optional(found->permission);
}

std::string permission_names() {
    std::string names;
    for (const auto& one : kPermissions) {
        names.append(names.empty() ? "" : ", ").append(one.name);
    }
    return names;
}

model::PermissionSet permission_set(const std::vector<std::string>& names) {
    model::PermissionSet set;
    for (const auto& name : names) {
        if (const auto known = find_permission(name)) {
            set.set(bit_of(*known));
        }
    }
    return set;
}

bool allows(const model::PermissionSet& set, Permission permission) {
    return set.test(bit_of(permission)) || set.test(bit_of(Permission::platform_admin));
}

}  // namespace aihub::identity
