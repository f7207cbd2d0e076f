// Connections to a Unix-domain socket of this machine.
#pragma once

#include "base/unix_socket.hpp"
#include "net/connection.hpp"

#include <memory>
#include <string>

namespace aihub::net {

// Without waiting: see connect_unix().
[[nodiscard]] inline Result<ConnectionPtr> open_unix(Loop& loop, const std::string& path) {
    const int descriptor = AIHUB_TRY(connect_unix(path));
    return std::make_shared<Connection>(loop, descriptor);
}

}  // namespace aihub::net
