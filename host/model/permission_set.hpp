// What a principal may do in the management API, as bits.
#pragma once

#include <bitset>
#include <cstddef>

namespace aihub::model {

// The number of a permission is its place in the registry, see identity/permissions.hpp.
inline constexpr std::size_t kPermissionsMax = 256;
using PermissionSet = std::bitset<kPermissionsMax>;

}  // namespace aihub::model
