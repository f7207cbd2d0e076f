// Step 2: credential to principal.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "gateway/call.hpp"
#include "identity/key_directory.hpp"
#include "model/principal.hpp"

#include <memory>

namespace aihub::gateway {

using PrincipalPtr = std::shared_ptr<const model::Principal>;

// The owner of the key that the request carries: in `Authorization: Bearer`, `x-api-key`, `api-key` or
// `x-goog-api-key`, as SDKs of different dialects send it. unauthorized: none, unknown, revoked or expired.
// invalid_request: more than one. Infrastructure trouble is never unauthorized: keys are read from memory.
[[nodiscard]] Result<PrincipalPtr> identify(const Call& call, identity::KeyDirectory& keys, const Clock& clock);

}  // namespace aihub::gateway
