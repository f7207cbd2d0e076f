#include "gateway/socket_way.hpp"

#include "net/listener.hpp"
#include "support/loop_thread.hpp"
#include "support/websocket_peer.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <optional>
#include <utility>

namespace aihub::gateway {
namespace {

using net::Connection;
using testing::Descriptor;
using testing::PeerRole;
using testing::socket_frame;
using testing::WebSocketPeer;

constexpr std::chrono::seconds kPatience{5};

// A provider's frames on their way to a client, both played by the test.
class SocketWayTest : public ::testing::Test {
protected:
    SocketWayTest() {
        std::array<int, 2> left{};
        std::array<int, 2> right{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, left.data()), 0);
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, right.data()), 0);
        provider = Descriptor(left[0]);
        client.emplace(Descriptor(right[0]), PeerRole::client);
        thread.call([&] {
            source = std::make_shared<Connection>(thread.loop(), left[1]);
            target = std::make_shared<Connection>(thread.loop(), right[1]);
            way.emplace(*source, *target, net::WebSocketSide::server, Errc::upstream_failed);
        });
    }
    ~SocketWayTest() override {
        thread.call([&] {
            way.reset();
            source.reset();
            target.reset();
        });
        thread.stop();
    }
    void send(std::string_view bytes) const {
        ASSERT_EQ(::send(provider.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    }
    // Runs the way to its end, with `first` as what was read already.
    void run(std::string first = {}) {
        thread.run([&] { return way->run(first, kPatience); });
    }

    SystemClock clock;
    testing::LoopThread thread{clock};
    Descriptor provider;
    std::optional<WebSocketPeer> client;
    net::ConnectionPtr source;
    net::ConnectionPtr target;
    std::optional<SocketWay> way;
};

TEST_F(SocketWayTest, passes_frames_and_ends_with_the_close_frame) {
    send(socket_frame(PeerRole::server, 1, "two") + socket_frame(PeerRole::server, 8, "\x03\xe8"));
    run(socket_frame(PeerRole::server, 1, "one"));
    EXPECT_EQ(way->end(), WayEnd::closed);
    EXPECT_EQ(way->close_code(), 1000);
    EXPECT_TRUE(way->said_close());
    EXPECT_EQ(way->traffic().messages, 2U);
    EXPECT_EQ(client->next()->payload, "one");
    EXPECT_EQ(client->next()->payload, "two");
    EXPECT_EQ(client->next_close(), 1000);
}

TEST_F(SocketWayTest, passes_nothing_of_a_frame_that_must_not_be) {
    send(socket_frame(PeerRole::server, 1, "good") + "\xf1");
    send("\x05hello");
    run();
    EXPECT_EQ(way->end(), WayEnd::broken);
    EXPECT_NE(way->problem(), "");
    EXPECT_EQ(client->next()->payload, "good");
    thread.run([&] { return way->say({1011, "why"}, kPatience); });
    EXPECT_EQ(client->next_close(), 1011);
}

TEST_F(SocketWayTest, says_nothing_in_the_middle_of_a_frame) {
    send(std::string_view("\x81\x05he"));
    provider.close();
    run();
    EXPECT_EQ(way->end(), WayEnd::cut);
    thread.run([&] { return way->say({1011, "why"}, kPatience); });
    EXPECT_FALSE(way->said_close());
    thread.call([&] { target->close(); });
    EXPECT_FALSE(client->next());
    EXPECT_EQ(client->unread(), "\x81\x05he");
}

TEST_F(SocketWayTest, takes_messages_up_to_a_size_and_nothing_of_a_longer_one) {
    way->limit_messages(10);
    const auto frame = [](int opcode, std::string_view text, bool last) {
        return socket_frame(PeerRole::server, opcode, text, last);
    };
    send(frame(2, "ten bytes.", true) + frame(1, "five.", false) + frame(9, std::string(100, 'p'), true));
    send(frame(0, "five.", true) + frame(1, "five.", false) + frame(0, "sixth.", true).substr(0, 4));
    run();
    EXPECT_EQ(way->end(), WayEnd::too_big);
    EXPECT_NE(way->problem(), "");
    EXPECT_EQ(client->next()->payload, "ten bytes.");
    EXPECT_EQ(client->next()->payload, "five.");
    EXPECT_EQ(client->next()->opcode, 9);
    EXPECT_EQ(client->next()->payload, "five.");
    EXPECT_EQ(client->next()->payload, "five.");
    thread.run([&] { return way->say({1011, "why"}, kPatience); });
    EXPECT_EQ(client->next_close(), 1011);
}

TEST_F(SocketWayTest, shows_whole_text_messages_up_to_a_size) {
    std::vector<std::string> seen;
    way->show_messages(
        [&](std::string_view text) {
            seen.emplace_back(text);
            return true;
        },
        8
    );
    const auto frame = [](int opcode, std::string_view text, bool last) {
        return socket_frame(PeerRole::server, opcode, text, last);
    };
    send(
        frame(1, "12345678", true) + frame(1, "123456789", true) + frame(2, "binary", true) + frame(1, "ab", false) +
        frame(9, "ping", true) + frame(0, "cd", true) + frame(1, "12345", false) + frame(0, "6789", true) +
        frame(1, "", true) + frame(8, "", true)
    );
    run();
    const std::vector<std::string> expected{"12345678", "abcd", ""};
    EXPECT_EQ(seen, expected);
    EXPECT_EQ(way->traffic().unseen, 2U);
    EXPECT_EQ(way->traffic().messages, 6U);
}

TEST_F(SocketWayTest, ends_when_a_message_is_not_wanted) {
    way->show_messages([](std::string_view) { return false; }, 100);
    send(socket_frame(PeerRole::server, 1, "no"));
    run();
    EXPECT_EQ(way->end(), WayEnd::refused);
    EXPECT_EQ(client->next()->payload, "no");
}

TEST_F(SocketWayTest, stops_with_a_farewell) {
    const auto seen = testing::make_signal();
    way->on_traffic([&] { seen->set(); });
    const auto done = testing::make_signal();
    send(socket_frame(PeerRole::server, 1, "hi"));
    thread.call([&] {
        net::spawn([](SocketWay& running, testing::SignalPtr ended) -> net::Task<void> {
            co_await running.run({}, kPatience);
            ended->set();
        }(*way, done));
    });
    ASSERT_TRUE(seen->wait());
    thread.call([&] { way->stop({1001, "bye"}); });
    ASSERT_TRUE(done->wait());
    EXPECT_EQ(way->end(), WayEnd::stopped);
    EXPECT_EQ(client->next()->payload, "hi");
    const auto last = client->next();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->close_code(), 1001);
    EXPECT_EQ(last->payload.substr(2), "bye");
    thread.call([&] { EXPECT_TRUE(source->open()); });
}

TEST_F(SocketWayTest, drops_what_is_not_wanted_any_more) {
    way->drop_the_rest();
    send(socket_frame(PeerRole::server, 1, "late") + socket_frame(PeerRole::server, 8, ""));
    run();
    EXPECT_EQ(way->end(), WayEnd::closed);
    EXPECT_FALSE(way->said_close());
    thread.call([&] { target->close(); });
    EXPECT_TRUE(client->ends());
}

}  // namespace
}  // namespace aihub::gateway
