// The management API's transport: an HTTP server with a bounded pool of threads on a private Unix-domain socket.
#pragma once

#include "base/result.hpp"
#include "control/service.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace aihub::control {

struct HttpServerOptions {
    std::string directory;                     // where the socket is made
    std::size_t threads = 4;                   // requests that run at a time
    std::size_t queue_max = 64;                // connections that wait for a thread; over it they are closed
    std::size_t body_bytes_max = 32UL << 20U;  // of a request; over it 413
    std::chrono::milliseconds timeout{30000};  // for each wait for the other side of a connection
};

// One request for each connection: nothing that is wrong with one can reach the next, and no thread waits for a
// connection that is kept. Whoever can open the socket, the same user, is believed about where a request comes from:
// x-aihub-client, x-aihub-tls and x-request-id.
class HttpServer {
public:
    // Listens at once. `service` outlives it.
    [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(
        const Service& service, const HttpServerOptions& options
    );
    // Lets the requests that run come to their end.
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] const std::string& socket() const { return socket_; }

    // Headers in which the relay says where a request comes from.
    static constexpr const char* kClientField = "x-aihub-client";
    static constexpr const char* kTlsField = "x-aihub-tls";

private:
    struct Engine;
    HttpServer(std::string socket, std::unique_ptr<Engine> engine);

    std::string socket_;
    std::unique_ptr<Engine> engine_;
};

}  // namespace aihub::control
