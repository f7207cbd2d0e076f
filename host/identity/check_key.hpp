// Whose key is it, and does it count now?
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "identity/key_directory.hpp"
#include "model/principal.hpp"

#include <memory>
#include <string_view>

namespace aihub::identity {

// Any thread, from memory. unauthorized: unknown, mistyped, revoked or expired. unavailable: the key has the form of a
// good one and is not known, but the keys cannot be read at the moment, so it may have been made meanwhile: trouble of
// the database never looks like a bad key.
[[nodiscard]] Result<std::shared_ptr<const model::Principal>> check_key(
    const KeyDirectory& keys, std::string_view key, const Clock& clock
);

}  // namespace aihub::identity
