// Whether a key may be made as it is wanted.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "identity/key_store.hpp"

namespace aihub::identity {

// invalid_request with the wrong part as `param`: a name, model name, prefix or environment that is empty, too long or
// holds what it may not; a time that has passed; a permission
// that there is not; tags that are too many, or of the same name. Names that start with "ak_" are refused, because ids
// do.
[[nodiscard]] Result<void> check_new_key(const NewKey& wanted, WallTime now);

}  // namespace aihub::identity
