// Unix-domain stream sockets in the file system, for what only processes of the same user may talk to.
#pragma once

#include "base/result.hpp"

#include <string>

namespace aihub {

// A listening socket at `path` with mode 0600 from its first moment on; close-on-exec. The name may be longer than the
// system allows for sockets. unavailable: it cannot be made there; conflict: the name is taken. The caller owns the
// descriptor and the name.
[[nodiscard]] Result<int> listen_unix(const std::string& path, int backlog);

// A non-blocking, connected socket; never waits. unavailable: nobody listens there, or so many wait for it already that
// no more may. The caller owns the descriptor.
[[nodiscard]] Result<int> connect_unix(const std::string& path);

// Removes sockets "<directory>/<prefix>*" that nobody listens at: those of processes that ended without a word. Other
// files stay.
void remove_stale_sockets(const std::string& directory, const std::string& prefix);

}  // namespace aihub
