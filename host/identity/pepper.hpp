// The pepper: a secret beside the database, without which the stored hashes of keys are worth nothing.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <string>

namespace aihub::identity {

// The 32 bytes in `file`, which holds "v1:" and 64 hex digits. Where there is no file it is made with random bytes and
// mode 0600, directories with 0700; two processes that make it at once both get the same. An empty, malformed or
// world-readable file is refused with a remedy and never replaced: a new pepper would make every stored key unknown.
[[nodiscard]] Result<Secret> load_or_make_pepper(const std::string& file);

}  // namespace aihub::identity
