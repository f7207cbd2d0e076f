#include "gateway/socket_attempt.hpp"

#include "support/socket_fixture.hpp"

namespace aihub::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using SocketAttemptTest = testing::SocketTest;

TEST_F(SocketAttemptTest, asks_with_the_clients_key_and_opens_on_101) {
    start();
    auto client = dial();
    auto provider = taken();
    const auto request = provider.head();
    EXPECT_THAT(request, StartsWith("GET /base/chat HTTP/1.1\r\n"));
    EXPECT_THAT(request, HasSubstr("\r\nSec-WebSocket-Key: " + std::string(testing::kSocketKey) + "\r\n"));
    provider.send(accepted());
    EXPECT_THAT(client.head(), StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
    EXPECT_EQ(provider_codec->open_calls, 1);
    client.close();
    EXPECT_EQ(provider.next_close(), 1001);
    EXPECT_TRUE(testing::eventually([&] { return provider_codec->open_calls == 0; }));
}

TEST_F(SocketAttemptTest, what_comes_behind_the_101_is_not_lost) {
    start();
    auto client = dial();
    auto provider = taken();
    static_cast<void>(provider.head());
    provider.send(accepted(testing::socket_frame(testing::PeerRole::server, 1, "usage 5 6")));
    static_cast<void>(client.head());
    EXPECT_EQ(client.next()->payload, "usage 5 6");
    EXPECT_EQ(only_row().usage.input, 5U);
}

TEST_F(SocketAttemptTest, a_refusal_is_read_by_the_codec) {
    provider_codec->failure.kind = capability::FailureKind::rate_limit;
    start();
    auto client = connect();
    auto socket = dial();
    auto provider = taken();
    static_cast<void>(provider.head());
    provider.send("HTTP/1.1 429 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
    EXPECT_THAT(socket.head(), StartsWith("HTTP/1.1 429 "));
    EXPECT_EQ(only_row().status, 429);
    EXPECT_EQ(provider_codec->open_calls, 0);
}

TEST_F(SocketAttemptTest, a_client_that_leaves_during_the_handshake_ends_it) {
    start();
    auto client = dial();
    auto provider = taken();
    static_cast<void>(provider.head());
    client.close();
    EXPECT_TRUE(provider.ends(std::chrono::milliseconds(1000)));
    EXPECT_EQ(only_row().outcome, model::Outcome::client_closed);
}

TEST_F(SocketAttemptTest, a_provider_that_does_not_answer_is_a_timeout) {
    config.timeouts.first_byte = std::chrono::milliseconds(50);
    start();
    auto client = dial();
    auto provider = taken();
    static_cast<void>(provider.head());
    EXPECT_THAT(client.head(), StartsWith("HTTP/1.1 504 "));
    EXPECT_TRUE(provider.ends());
}

}  // namespace
}  // namespace aihub::gateway
