#include "net/connection.hpp"

#include "support/loop_thread.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

namespace aihub::net {
namespace {

using namespace std::chrono_literals;
using testing::Descriptor;
using testing::LoopThread;
using testing::make_signal;

// One connection on a loop; the test holds the other end as a plain blocking socket.
class ConnectionTest : public ::testing::Test {
protected:
    ConnectionTest() {
        const auto listener = testing::listen_local();
        peer = testing::connect_local(testing::local_port(listener));
        const int accepted = ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        thread.call([&] { connection = std::make_shared<Connection>(thread.loop(), accepted); });
    }
    ~ConnectionTest() override {
        thread.call([&] { connection.reset(); });
        thread.stop();
    }
    [[nodiscard]] Loop& loop() { return thread.loop(); }
    [[nodiscard]] SteadyTime in(std::chrono::milliseconds time) const { return clock.steady_now() + time; }

    void send(std::string_view text) const {
        ASSERT_EQ(::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    }
    // Reads `size` bytes, or fewer when the connection ends first.
    [[nodiscard]] std::string receive(std::size_t size) const {
        const testing::Deadline deadline;
        std::string text(size, '\0');
        std::size_t read = 0;
        while (read < size && !deadline.passed()) {
            pollfd wait{peer.get(), POLLIN, 0};
            ::poll(&wait, 1, deadline.left_ms());
            const auto got = ::recv(peer.get(), text.data() + read, size - read, MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN)) {
                break;
            }
            read += got < 0 ? 0 : static_cast<std::size_t>(got);
        }
        EXPECT_FALSE(deadline.passed());
        text.resize(read);
        return text;
    }
    // One read of the connection as text; "error <status>: message" for errors.
    Task<void> read(std::string& out) {
        std::array<char, 100> buffer{};
        const auto count = co_await connection->read_some(buffer);
        if (count) {
            out.assign(buffer.data(), *count);
        } else {
            out = "error " + std::to_string(http_status(count.error().code)) + ": " + count.error().message;
        }
    }
    [[nodiscard]] std::string read_once() {
        std::string out = "nothing";
        thread.run([&] { return read(out); });
        return out;
    }

    SystemClock clock;
    LoopThread thread{clock};
    Descriptor peer;
    ConnectionPtr connection;
};

TEST_F(ConnectionTest, reads_what_comes_and_then_the_end) {
    send("hello");
    EXPECT_EQ(read_once(), "hello");
    send("again");
    peer.close();
    EXPECT_EQ(read_once(), "again");
    EXPECT_EQ(read_once(), "");
}

TEST_F(ConnectionTest, reads_more_than_one_buffer) {
    send(std::string(250, 'x'));
    EXPECT_EQ(read_once().size() + read_once().size() + read_once().size(), 250U);
}

TEST_F(ConnectionTest, a_fast_peer_leaves_the_loop_to_others) {
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()), 0);
    const Descriptor sender(pair[0]);
    const std::string some(16384, 'x');
    std::size_t waiting = 0;  // more than a share, so that no read has to wait
    for (auto sent = ::send(sender.get(), some.data(), some.size(), 0); sent > 0;
         sent = ::send(sender.get(), some.data(), some.size(), 0)) {
        waiting += static_cast<std::size_t>(sent);
    }
    ASSERT_GT(waiting, Connection::kShareBytes);
    std::size_t read = 0;
    std::size_t read_at_turn = 0;  // when something else had its turn
    thread.run([&]() -> Task<void> {
        const auto fast = std::make_shared<Connection>(loop(), pair[1]);
        loop().post([&] { read_at_turn = read; });
        std::array<char, 4096> buffer{};
        while (read < waiting) {
            const auto count = co_await fast->read_some(buffer);
            EXPECT_TRUE(count && *count > 0);
            if (!count || *count == 0) {
                break;
            }
            read += *count;
        }
    });
    EXPECT_EQ(read, waiting);
    EXPECT_LE(read_at_turn, Connection::kShareBytes);
}

TEST_F(ConnectionTest, writes_all_parts_in_order) {
    const std::array<std::string_view, 4> parts{"one ", "", "two ", "three"};
    thread.run([&]() -> Task<void> {
        const auto written = co_await connection->write(parts);
        EXPECT_TRUE(written);
    });
    EXPECT_EQ(receive(13), "one two three");
}

TEST_F(ConnectionTest, writes_more_parts_than_one_call_takes) {
    std::string expected;
    std::vector<std::string> texts;
    for (int i = 0; i < 300; ++i) {
        texts.push_back(std::to_string(i) + ",");
        expected += texts.back();
    }
    const std::vector<std::string_view> parts(texts.begin(), texts.end());
    thread.run([&]() -> Task<void> {
        const auto written = co_await connection->write(parts);
        EXPECT_TRUE(written);
    });
    EXPECT_EQ(receive(expected.size()), expected);
}

TEST_F(ConnectionTest, keeps_parts_in_the_scratch_while_the_peer_is_slow) {
    constexpr std::size_t kBig = 16UL * 1024 * 1024;
    const std::string big(kBig, '.');
    const auto ended = make_signal();
    const auto write = [&]() -> Task<void> {
        std::memset(loop().scratch(), 'a', Loop::kScratchBytes);
        const std::array<std::string_view, 3> parts{
            std::string_view(loop().scratch(), 10),
            big,
            std::string_view(loop().scratch() + 10, Loop::kScratchBytes - 10)};
        auto writing = connection->write(parts);
        const auto written = co_await writing;
        EXPECT_TRUE(written);
        ended->set();
    };
    thread.call([&] {
        spawn(write());
        EXPECT_FALSE(ended->wait(0ms)) << "the kernel took everything at once";
        std::memset(loop().scratch(), 'b', Loop::kScratchBytes);  // somebody else uses it
    });
    const auto got = receive(kBig + Loop::kScratchBytes);
    ASSERT_EQ(got.size(), kBig + Loop::kScratchBytes);
    EXPECT_EQ(got.substr(0, 10), std::string(10, 'a'));
    EXPECT_EQ(got.find_first_not_of('.', 10), kBig + 10);
    EXPECT_EQ(got.find_first_not_of('a', kBig + 10), std::string::npos);
    EXPECT_TRUE(ended->wait());
}

TEST_F(ConnectionTest, last_words_do_not_wait_for_the_peer) {
    const std::array<std::string_view, 2> parts{"go ", "away"};
    const std::string big(64UL * 1024 * 1024, '.');  // more than any socket holds
    const std::array<std::string_view, 1> too_much{big};
    thread.call([&] {
        connection->send_now(parts);
        connection->send_now(too_much);
        connection->close();
        connection->send_now(parts);
    });
    EXPECT_EQ(receive(8), "go away.");
}

TEST_F(ConnectionTest, a_deadline_fails_a_read_that_waits_with_its_code) {
    thread.call([&] { connection->set_deadline(in(20ms), Errc::upstream_timeout); });
    EXPECT_EQ(read_once(), "error 504: the connection took too long");
    thread.call([&] { EXPECT_FALSE(connection->open()); });
    EXPECT_EQ(read_once(), "error 504: the connection took too long");  // and so does everything after it
    EXPECT_EQ(receive(1), "");
}

TEST_F(ConnectionTest, a_deadline_fails_a_write_that_waits) {
    thread.call([&] { connection->set_deadline(in(20ms), Errc::client_gone); });
    const std::string big(16UL * 1024 * 1024, '.');
    const std::array<std::string_view, 1> parts{big};
    thread.run([&]() -> Task<void> {
        const auto written = co_await connection->write(parts);
        EXPECT_FALSE(written);
        EXPECT_EQ(written.error().code, Errc::client_gone);
    });
}

TEST_F(ConnectionTest, after_a_slow_request_it_can_still_be_answered) {
    thread.call([&] { connection->set_read_deadline(in(20ms), Errc::request_timeout); });
    EXPECT_EQ(read_once(), "error 408: the peer took too long");
    EXPECT_EQ(read_once(), "error 408: the peer took too long");
    const std::array<std::string_view, 1> parts{"too slow"};
    thread.run([&]() -> Task<void> {
        const auto written = co_await connection->write(parts);
        EXPECT_TRUE(written);
    });
    EXPECT_EQ(receive(8), "too slow");
    thread.call([&] { connection->close(); });
    EXPECT_EQ(receive(1), "");
}

TEST_F(ConnectionTest, a_deadline_that_was_taken_back_does_nothing) {
    const auto ticks = make_signal();
    thread.call([&] {
        connection->set_deadline(in(10ms), Errc::upstream_timeout);
        connection->clear_deadline();
        loop().start_timer(3 * Loop::kTick, [&] { ticks->set(); });
    });
    std::string out;
    const auto ended = make_signal();
    const auto reading = [&]() -> Task<void> {
        co_await read(out);
        ended->set();
    };
    thread.call([&] { spawn(reading()); });
    ASSERT_TRUE(ticks->wait());
    send("late");
    ASSERT_TRUE(ended->wait());
    EXPECT_EQ(out, "late");
}

TEST_F(ConnectionTest, abort_wakes_the_reader) {
    std::string out;
    const auto ended = make_signal();
    const auto reading = [&]() -> Task<void> {
        co_await read(out);
        ended->set();
    };
    thread.call([&] {
        spawn(reading());
        connection->abort(Errc::unavailable);
        connection->abort(Errc::internal);  // the first reason stays
    });
    ASSERT_TRUE(ended->wait());
    EXPECT_EQ(out, "error 503: the connection was closed");
}

TEST_F(ConnectionTest, an_interrupted_read_leaves_the_connection_open) {
    thread.call([&] { connection->interrupt_read(Errc::unavailable); });
    EXPECT_EQ(read_once(), "error 503: the read was interrupted");  // the next one
    const auto done = make_signal();
    std::string got;
    const auto reading = [&]() -> Task<void> {
        co_await read(got);
        done->set();
    };
    thread.call([&] {
        spawn(reading());
        connection->interrupt_read(Errc::unavailable);  // the one that waits
    });
    ASSERT_TRUE(done->wait());
    EXPECT_EQ(got, "error 503: the read was interrupted");
    send("more");
    EXPECT_EQ(read_once(), "more");
}

TEST_F(ConnectionTest, a_reset_is_an_error) {
    testing::set_reset_on_close(peer.get());
    peer.close();
    EXPECT_EQ(read_once(), "error 503: Connection reset by peer");
    EXPECT_EQ(read_once(), "error 503: Connection reset by peer");
}

TEST_F(ConnectionTest, watch_tells_when_the_peer_ends_or_resets) {
    for (const bool reset : {false, true}) {
        const auto listener = testing::listen_local();
        auto other = testing::connect_local(testing::local_port(listener));
        const int accepted = ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        const auto gone = make_signal();
        ConnectionPtr watched;
        thread.call([&] {
            watched = std::make_shared<Connection>(loop(), accepted);
            watched->watch([gone] { gone->set(); });
        });
        EXPECT_FALSE(gone->wait(0ms));
        if (reset) {
            testing::set_reset_on_close(other.get());
        }
        other.close();
        EXPECT_TRUE(gone->wait());
        thread.call([&] {
            watched->close();
            watched.reset();
        });
    }
}

TEST_F(ConnectionTest, watch_does_not_take_the_next_request_for_an_end) {
    const auto gone = make_signal();
    thread.call([&] { connection->watch([gone] { gone->set(); }); });
    send("next");
    const auto ticks = make_signal();
    thread.call([&] { loop().start_timer(3 * Loop::kTick, [&] { ticks->set(); }); });
    ASSERT_TRUE(ticks->wait());
    EXPECT_FALSE(gone->wait(0ms));
    EXPECT_EQ(read_once(), "next");  // and takes nothing of it
}

TEST_F(ConnectionTest, watch_ends_with_unwatch) {
    const auto gone = make_signal();
    thread.call([&] {
        connection->watch([gone] { gone->set(); });
        connection->unwatch();
    });
    peer.close();
    EXPECT_EQ(read_once(), "");
    EXPECT_FALSE(gone->wait(0ms));
}

TEST_F(ConnectionTest, watch_again_serves_the_new_watcher) {
    const auto first = make_signal();
    const auto second = make_signal();
    thread.call([&] {
        connection->watch([first] { first->set(); });
        connection->unwatch();
        connection->watch([second] { second->set(); });
    });
    peer.close();
    EXPECT_TRUE(second->wait());
    EXPECT_FALSE(first->wait(0ms));
}

TEST_F(ConnectionTest, is_quiet_until_the_peer_sends_or_ends) {
    const auto quiet = [&] {
        bool result = false;
        thread.call([&] { result = connection->quiet(); });
        return result;
    };
    EXPECT_TRUE(quiet());
    send("x");
    EXPECT_TRUE(testing::eventually([&] { return !quiet(); }));
    EXPECT_EQ(read_once(), "x");
    EXPECT_TRUE(quiet());
    peer.close();
    EXPECT_TRUE(testing::eventually([&] { return !quiet(); }));
    thread.call([&] { connection->close(); });
    EXPECT_FALSE(quiet());
}

}  // namespace
}  // namespace aihub::net
