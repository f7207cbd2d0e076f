#include "gateway/upload.hpp"

#include "support/http_text.hpp"
#include "support/loop_thread.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

namespace aihub::gateway {
namespace {

using namespace std::chrono_literals;
using testing::chunk;

// A pair of connected sockets: one end is a connection of the loop's, the test holds the other.
struct Wire {
    explicit Wire(testing::LoopThread& thread) {
        const auto listener = testing::listen_local();
        peer = testing::connect_local(testing::local_port(listener));
        const int accepted = ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        thread.call([&] { connection = std::make_shared<net::Connection>(thread.loop(), accepted); });
    }
    void send(std::string_view bytes) const {
        ASSERT_EQ(::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }
    // Reads `size` bytes, or fewer when the connection ends first.
    [[nodiscard]] std::string receive(std::size_t size) const {
        const testing::Deadline deadline;
        std::string text;
        std::array<char, 4096> buffer{};
        while (text.size() < size && !deadline.passed()) {
            pollfd wait{peer.get(), POLLIN, 0};
            ::poll(&wait, 1, deadline.left_ms());
            const auto got =
                ::recv(peer.get(), buffer.data(), std::min(buffer.size(), size - text.size()), MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN)) {
                break;
            }
            text.append(buffer.data(), got < 0 ? 0 : static_cast<std::size_t>(got));
        }
        return text;
    }

    testing::Descriptor peer;
    net::ConnectionPtr connection;
};

class UploadTest : public ::testing::Test {
protected:
    UploadTest() {
        config.limits.body_bytes_max = 10000000;
        call.deadline = clock.steady_now() + testing::kPatience;
    }
    ~UploadTest() override {
        thread.call([&] {
            upload.reset();
            reader.reset();
            client.connection.reset();
            upstream.connection.reset();
        });
        thread.stop();
    }

    // The body's beginning has been read; the rest is to come.
    void open(net::BodyKind kind, std::uint64_t length = 0) {
        auto state = std::make_shared<State>();
        state->config = std::make_shared<const config::Snapshot>(config);
        call.state = std::make_shared<const LoopState>(LoopState{state});
        call.head.body = kind;
        call.head.length = length;
        thread.call([&] {
            reader.emplace(*client.connection, input, call);
            upload.emplace(*client.connection, *reader, call, std::move(tail), [this] { ended->set(); });
        });
    }
    void begin(std::chrono::milliseconds patience = testing::kPatience) {
        thread.call([&] { upload->start(upstream.connection, patience, patience); });
    }
    // The code of its error, once it has ended.
    std::optional<Errc> wait_for_end() {
        EXPECT_TRUE(ended->wait());
        std::optional<Errc> code;
        thread.call([&] {
            if (upload->error()) {
                code = upload->error()->code;
            }
        });
        return code;
    }
    void stop() {
        thread.run([&]() -> net::Task<void> { co_await upload->stop(); });
    }

    SystemClock clock;
    testing::LoopThread thread{clock};
    Wire client{thread};
    Wire upstream{thread};
    config::Snapshot config;
    ClientInput input;
    Call call;
    FormTailPtr tail;
    std::optional<BodyReader> reader;
    std::optional<Upload> upload;
    testing::SignalPtr ended = testing::make_signal();
};

TEST_F(UploadTest, BytesOfAKnownLengthAreSentAsTheyCome) {
    open(net::BodyKind::length, 8);
    EXPECT_EQ(upload->rest(), 8U);
    begin();
    EXPECT_TRUE(call.body_gone) << "nobody else can have these bytes";
    client.send("abc");
    EXPECT_EQ(upstream.receive(3), "abc");
    client.send("defgh");
    EXPECT_EQ(upstream.receive(5), "defgh");
    EXPECT_EQ(wait_for_end(), std::nullopt);
    EXPECT_TRUE(upload->sent());
    EXPECT_EQ(call.uploaded_bytes, 8U);
    stop();
}

TEST_F(UploadTest, BytesOfAnUnknownLengthAreSentInChunks) {
    open(net::BodyKind::chunked);
    EXPECT_EQ(upload->rest(), std::nullopt);
    begin();
    client.send(chunk("abc"));
    EXPECT_EQ(upstream.receive(chunk("abc").size()), chunk("abc"));
    client.send(chunk("defgh") + chunk(""));
    const auto rest = chunk("defgh") + chunk("");
    EXPECT_EQ(upstream.receive(rest.size()), rest);
    EXPECT_EQ(wait_for_end(), std::nullopt);
    EXPECT_EQ(call.uploaded_bytes, 8U);
    stop();
}

TEST_F(UploadTest, WhoIsAwaitedWhenTimeIsOverIsKnown) {
    open(net::BodyKind::length, 8);
    const auto awaits = [&] {
        bool now = false;
        thread.call([&] { now = upload->awaits_client(); });
        return now;
    };
    EXPECT_FALSE(awaits()) << "it has not begun";
    begin();
    client.send("abc");
    EXPECT_EQ(upstream.receive(3), "abc");
    EXPECT_TRUE(testing::eventually(awaits));
    thread.call([&] {
        upload->expire();
        EXPECT_EQ(upload->error()->code, Errc::request_timeout);
        upload->detach();
    });
    EXPECT_FALSE(awaits()) << "nobody takes any more";
    stop();
}

TEST_F(UploadTest, AClientThatLeavesOrIsSlowEndsIt) {
    config.timeouts.body_idle = config::Milliseconds(50);
    open(net::BodyKind::length, 8);
    begin();
    EXPECT_EQ(wait_for_end(), Errc::request_timeout);
    EXPECT_FALSE(upload->sent());
    stop();
    ended = testing::make_signal();
    open(net::BodyKind::length, 8);
    begin();
    client.peer.close();
    EXPECT_EQ(wait_for_end(), Errc::client_gone);
    stop();
}

TEST_F(UploadTest, WhatTheFormMayNotSayIsNotPassedOn) {
    auto form = net::FormScan::create("multipart/form-data; boundary=b");
    ASSERT_TRUE(form);
    call.model = "fast";
    call.body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";
    ASSERT_TRUE(form->scan(call.body));
    tail = std::make_unique<FormTail>(*std::move(form), call);
    open(net::BodyKind::chunked);
    begin();
    client.send(chunk("abc"));
    EXPECT_EQ(upstream.receive(chunk("abc").size()), chunk("abc"));
    client.send(chunk("\r\n--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nother\r\n--b--\r\n"));
    EXPECT_EQ(wait_for_end(), Errc::invalid_request);
    EXPECT_FALSE(upload->sent());
    thread.call([&] { upstream.connection->close(); });
    EXPECT_EQ(upstream.receive(1000), "");
    stop();
}

TEST_F(UploadTest, AfterAnErrorTheClientSeesTheAnswer) {
    open(net::BodyKind::chunked);
    begin();
    client.send(chunk("abc") + "no size\r\n");
    EXPECT_EQ(wait_for_end(), Errc::invalid_request);
    client.send("more");
    thread.run([&]() -> net::Task<void> {
        const std::array<std::string_view, 1> answer{"no"};
        const auto sent = co_await client.connection->write(answer);
        EXPECT_TRUE(sent);
        co_await upload->stop();
        client.connection->close();
    });
    EXPECT_EQ(client.receive(10), "no") << "nothing unread resets the connection";
}

TEST_F(UploadTest, WhenNobodyTakesItTheRestIsDroppedAndTheClientCanSendItAll) {
    constexpr std::size_t kBytes = 3000000;
    open(net::BodyKind::length, kBytes);
    begin();
    client.send("abc");
    EXPECT_EQ(upstream.receive(3), "abc");
    thread.call([&] { upload->detach(); });
    const std::string some(100000, 'x');
    const testing::Deadline deadline;
    for (std::size_t sent = 3; sent < kBytes && !deadline.passed();) {
        const auto piece = std::string_view(some).substr(0, kBytes - sent);
        const auto count = ::send(client.peer.get(), piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        ASSERT_TRUE(count > 0 || errno == EAGAIN);
        sent += count > 0 ? static_cast<std::size_t>(count) : 0;
        pollfd wait{client.peer.get(), POLLOUT, 0};
        ::poll(&wait, 1, deadline.left_ms());
    }
    EXPECT_EQ(wait_for_end(), std::nullopt);
    EXPECT_FALSE(upload->sent());
    EXPECT_EQ(call.uploaded_bytes, kBytes);
    stop();
}

TEST_F(UploadTest, AProviderThatTakesNothingSlowsTheClientDownAndIsGivenUp) {
    constexpr std::size_t kBytes = 50000000;
    config.limits.body_bytes_max = kBytes;
    open(net::BodyKind::length, kBytes);
    begin(200ms);
    const std::string some(100000, 'x');
    std::size_t taken = 0;  // while the provider takes nothing
    const testing::Deadline deadline;
    bool given_up = false;
    while (!given_up && taken < kBytes && !deadline.passed()) {
        const auto count = ::send(client.peer.get(), some.data(), some.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0) {
            taken += static_cast<std::size_t>(count);
            continue;
        }
        thread.call([&] { given_up = !upstream.connection->open(); });
    }
    EXPECT_TRUE(given_up) << taken;
    EXPECT_LT(taken, kBytes) << "what nobody takes is not read";
    stop();
}

TEST_F(UploadTest, StopLetsAClientThatIsStillSendingSeeTheAnswer) {
    open(net::BodyKind::length, 100);
    client.send("abc");
    thread.run([&]() -> net::Task<void> {
        const std::array<std::string_view, 1> answer{"no"};
        const auto sent = co_await client.connection->write(answer);
        EXPECT_TRUE(sent);
        co_await upload->stop();  // never started
    });
    EXPECT_EQ(client.receive(10), "no") << "and then its end";
    EXPECT_EQ(call.uploaded_bytes, 0U) << "read, but for nobody";
}

}  // namespace
}  // namespace aihub::gateway
