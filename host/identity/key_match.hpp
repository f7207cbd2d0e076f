// Which key does a person mean?
#pragma once

#include "base/result.hpp"
#include "identity/key_store.hpp"

#include <span>
#include <string_view>

namespace aihub::identity {

// The one of `keys` that `which` means: its id; or the name of exactly one active key (or, when none is active, of
// exactly one revoked key); or the beginning of exactly one id, "ak_" and at least one character. not_found names keys
// that look alike; conflict: several fit. The pointer is into `keys`.
[[nodiscard]] Result<const KeyRecord*> match_key(std::span<const KeyRecord> keys, std::string_view which);

}  // namespace aihub::identity
