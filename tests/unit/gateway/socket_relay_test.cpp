#include "gateway/socket_relay.hpp"

#include "support/socket_fixture.hpp"

#include <optional>

namespace aihub::gateway {
namespace {

using model::Outcome;

class SocketRelayTest : public testing::SocketTest {
protected:
    void open() {
        client.emplace(dial());
        provider.emplace(taken());
        static_cast<void>(provider->head());
        provider->send(accepted());
        static_cast<void>(client->head());
    }
    std::optional<testing::WebSocketPeer> client;
    std::optional<testing::WebSocketPeer> provider;
};

TEST_F(SocketRelayTest, each_response_is_a_row_of_its_own) {
    start();
    open();
    for (const auto* const text : {"usage 1 2", "something else", "usage 30 40"}) {
        ASSERT_TRUE(provider->text(text));
        EXPECT_EQ(client->next()->payload, text);
    }
    const auto responses = rows(2);
    ASSERT_EQ(responses.size(), 2U);
    EXPECT_EQ(responses[1].operation, "realtime_response");
    EXPECT_EQ(responses[1].usage.input, 1U);
    EXPECT_EQ(responses[0].usage.output, 40U);
    EXPECT_EQ(responses[0].provider, "acme");
    ASSERT_TRUE(provider->close_frame(1000));
    EXPECT_EQ(client->next_close(), 1000);
    ASSERT_TRUE(client->close_frame(1000));
    EXPECT_EQ(rows(3).size(), 3U);
}

TEST_F(SocketRelayTest, a_plugin_that_fails_ends_the_socket) {
    start();
    open();
    ASSERT_TRUE(provider->text("[FAIL]"));
    const auto last = client->next();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->payload, "[FAIL]");
    EXPECT_EQ(client->next_close(), 1011);
    EXPECT_EQ(provider->next_close(), 1001);
    EXPECT_EQ(only_row().outcome, Outcome::internal_error);
}

TEST_F(SocketRelayTest, a_close_frame_that_nobody_answers_is_not_waited_for_long) {
    start();
    open();
    ASSERT_TRUE(provider->close_frame(4001));
    EXPECT_EQ(client->next_close(), 4001);
    const testing::Deadline since;
    EXPECT_TRUE(provider->ends());
    EXPECT_TRUE(client->ends());
    EXPECT_GE(since.spent(), kSocketCloseWait - std::chrono::milliseconds(200));
    EXPECT_EQ(only_row().outcome, Outcome::completed);
}

TEST_F(SocketRelayTest, trouble_of_the_provider_is_on_record) {
    start();
    open();
    ASSERT_TRUE(provider->close_frame(1011, "oops"));
    EXPECT_EQ(client->next_close(), 1011);
    ASSERT_TRUE(client->close_frame(1011));
    EXPECT_EQ(only_row().outcome, Outcome::upstream_error);
}

TEST_F(SocketRelayTest, a_client_that_takes_nothing_has_gone) {
    config.timeouts.write = std::chrono::milliseconds(200);
    start();
    open();
    const auto frame = testing::socket_frame(testing::PeerRole::server, 2, std::string(1024UL * 1024, 'x'));
    for (int i = 0; i < 64 && provider->send(frame) == frame.size(); ++i) {
    }
    EXPECT_EQ(only_row().outcome, Outcome::client_closed);
}

TEST_F(SocketRelayTest, a_stop_says_so_to_both_sides) {
    start();
    open();
    worker->abort_calls();
    EXPECT_EQ(client->next_close(), 1001);
    EXPECT_EQ(provider->next_close(), 1001);
    EXPECT_TRUE(provider->ends());
    EXPECT_EQ(only_row().outcome, Outcome::cancelled);
}

}  // namespace
}  // namespace aihub::gateway
