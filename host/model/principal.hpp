// Who makes a call.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aihub::model {

// The owner of a valid API key, as an immutable value in the key snapshot. Holds no secret.
struct Principal {
    KeyId key_id;
    std::string key_name;             // for people
    std::vector<std::string> models;  // names it may use; empty: all
    std::optional<WallTime> expires_at;
};

}  // namespace aihub::model
