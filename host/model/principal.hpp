// Who makes a call.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "model/permission_set.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aihub::model {

// The owner of a valid API key, as an immutable value in the key snapshot. Holds no secret.
struct Principal {
    KeyId key_id;
    std::string key_name;             // for people
    std::vector<std::string> models;  // names it may use; empty: all
    std::optional<WallTime> expires_at;
    PermissionSet permissions = {};                              // in the management API; none for most
    std::vector<std::pair<std::string, std::string>> tags = {};  // what the operator says of it, by name
};

}  // namespace aihub::model
