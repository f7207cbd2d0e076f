#include "control/http_server.hpp"

#include "base/unix_socket.hpp"
#include "support/control_fixture.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <future>

namespace aihub::control {
namespace {

using identity::Permission;
using ::testing::AllOf;
using testing::Descriptor;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class HttpServerTest : public testing::ControlTest {
protected:
    HttpServerTest() {
        const RouteDoc doc{"Does it.", "{}", "{}"};
        table.add(Route("POST", "/v1/echo", Permission::policies_read, doc, [](const Request& request) {
            return Result<Answer>(Answer{
                201,
                request.body + " from " + request.client + (request.tls ? " tls" : "") + " as " + request.request_id,
                {{"ETag", "\"7\""}}});
        }));
        table.add(Route("POST", "/v1/wait", Permission::policies_read, doc, [this](const Request&) {
            ++waiting;
            open.wait();
            return Result<Answer>(Answer{200, "{}"});
        }));
        service.emplace(table, *keys, clock, log, metrics);
        options.directory = directory.path();
        options.threads = 2;
        options.queue_max = 2;
        options.body_bytes_max = 1000;
        options.timeout = std::chrono::milliseconds(5000);
    }
    void start() {
        auto started = HttpServer::start(*service, options);
        ASSERT_TRUE(started) << started.error().message;
        server = *std::move(started);
    }
    [[nodiscard]] Descriptor connect() const {
        Descriptor socket(*connect_unix(server->socket()));
        ::fcntl(socket.get(), F_SETFL, 0);
        const timeval patience{10, 0};
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        return socket;
    }
    // All that comes until the end.
    static std::string read_all(const Descriptor& socket) {
        std::string all;
        std::array<char, 4096> piece{};
        for (;;) {
            const auto count = ::recv(socket.get(), piece.data(), piece.size(), 0);
            if (count <= 0) {
                return all;
            }
            all.append(piece.data(), static_cast<std::size_t>(count));
        }
    }
    static void send(const Descriptor& socket, const std::string& text) {
        ASSERT_EQ(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    }
    [[nodiscard]] std::string post(const std::string& path, const std::string& body, const std::string& more = {})
        const {
        return "POST " + path + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + reader + "\r\n" + more +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }

    std::promise<void> opening;
    std::shared_future<void> open{opening.get_future()};
    std::atomic<int> waiting{0};
    HttpServerOptions options;
    std::unique_ptr<HttpServer> server;
};

TEST_F(HttpServerTest, passes_requests_to_the_service_one_for_each_connection) {
    start();
    const auto socket = connect();
    send(socket, post("/v1/echo", "hello", "x-aihub-client: 192.0.2.1\r\nx-aihub-tls: 1\r\nx-request-id: req_1\r\n"));
    const auto all = read_all(socket);
    EXPECT_THAT(all, StartsWith("HTTP/1.1 201 Created\r\n"));
    EXPECT_THAT(all, AllOf(HasSubstr("ETag: \"7\"\r\n"), HasSubstr("Connection: Close\r\n")));
    EXPECT_TRUE(all.ends_with("\r\n\r\nhello from 192.0.2.1 tls as req_1")) << all;
}

TEST_F(HttpServerTest, a_body_over_the_limit_is_413_and_one_that_breaks_off_reaches_nobody) {
    start();
    const auto large = connect();
    send(large, post("/v1/echo", std::string(1001, 'x')));
    EXPECT_THAT(read_all(large), AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("control.body_bytes_max")));
    const auto cut = connect();
    send(
        cut, "POST /v1/wait HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " + reader + "\r\nContent-Length: 9\r\n\r\nab"
    );
    ::shutdown(cut.get(), SHUT_WR);
    EXPECT_EQ(read_all(cut), "");  // Whoever has stopped asking is not answered.
    EXPECT_EQ(waiting, 0);
}

TEST_F(HttpServerTest, the_socket_is_private_and_goes_with_the_server) {
    start();
    struct stat status {};
    ASSERT_EQ(::stat(server->socket().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const auto path = server->socket();
    EXPECT_TRUE(path.starts_with(directory.path()));
    server.reset();
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(HttpServerTest, two_servers_stand_beside_each_other) {
    start();
    const auto second = HttpServer::start(*service, options);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_NE((*second)->socket(), server->socket());
    EXPECT_TRUE(connect_unix(server->socket()));
    EXPECT_TRUE(connect_unix((*second)->socket()));
}

TEST_F(HttpServerTest, more_than_threads_and_queue_take_are_closed) {
    start();
    std::vector<Descriptor> sockets;
    for (int i = 0; i < 2; ++i) {
        sockets.push_back(connect());
        send(sockets.back(), post("/v1/wait", ""));
        ASSERT_TRUE(testing::eventually([&] { return waiting == i + 1; }));
    }
    for (int i = 0; i < 3; ++i) {
        sockets.push_back(connect());
        if (i < 2) {
            send(sockets.back(), post("/v1/echo", "queued"));
        }
    }
    EXPECT_EQ(read_all(sockets.back()), "") << "the third of the queue";
    opening.set_value();
    for (std::size_t i = 0; i + 1 < sockets.size(); ++i) {
        EXPECT_THAT(read_all(sockets[i]), StartsWith("HTTP/1.1 20")) << i;
    }
    EXPECT_EQ(waiting, 2);
}

TEST_F(HttpServerTest, a_request_that_runs_comes_to_its_end_when_the_server_goes) {
    start();
    const auto socket = connect();
    send(socket, post("/v1/wait", ""));
    ASSERT_TRUE(testing::eventually([&] { return waiting == 1; }));
    auto stopping = std::async(std::launch::async, [this] { server.reset(); });
    opening.set_value();
    EXPECT_THAT(read_all(socket), StartsWith("HTTP/1.1 200 "));
    stopping.get();
}

}  // namespace
}  // namespace aihub::control
