// The path of one request. Start reading at serve.cpp: each line of serve_call() is a file beside it.
#pragma once

#include "gateway/worker.hpp"
#include "net/connection.hpp"
#include "net/task.hpp"

namespace aihub::gateway {

// Serves the requests of one client connection, one after another, until it ends. It came in at the entry `place` of
// the configuration's `listen`; `proxied`: from one of that entry's trusted proxies.
[[nodiscard]] net::Task<void> serve_connection(
    Worker& worker, net::ConnectionPtr client, std::size_t place, bool proxied
);

}  // namespace aihub::gateway
