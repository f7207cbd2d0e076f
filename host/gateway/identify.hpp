// Step 2: credential to principal.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "gateway/call.hpp"
#include "identity/key_directory.hpp"
#include "model/principal.hpp"

#include <memory>
#include <string_view>

namespace aihub::gateway {

using PrincipalPtr = std::shared_ptr<const model::Principal>;

// The key that the request carries: in `Authorization: Bearer`, `x-api-key`, `api-key` or `x-goog-api-key`, as SDKs of
// different dialects send it. unauthorized: none. invalid_request: more than one. A view of the call's head.
[[nodiscard]] Result<std::string_view> carried_key(const Call& call);

// Its owner. The same errors, and those of identity::check_key(). Keys are read from memory.
[[nodiscard]] Result<PrincipalPtr> identify(const Call& call, identity::KeyDirectory& keys, const Clock& clock);

}  // namespace aihub::gateway
