#include "gateway/body_reader.hpp"

#include "support/http_text.hpp"
#include "support/loop_thread.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>

namespace aihub::gateway {
namespace {

using testing::chunk;

// Takes a body, as long as it may.
struct Sink {
    std::string text;
    std::size_t bytes_max = 1000000;
    Result<void> take(std::string_view bytes) {
        if (text.size() + bytes.size() > bytes_max) {
            return Error{Errc::unavailable, "full"};
        }
        text += bytes;
        return {};
    }
};

// A client's connection; the test holds its other end.
class BodyReaderTest : public ::testing::Test {
protected:
    BodyReaderTest() {
        config::Snapshot config;
        config.limits.body_bytes_max = 1000;
        auto state = std::make_shared<State>();
        state->config = std::make_shared<const config::Snapshot>(config);
        call.state = std::make_shared<const LoopState>(LoopState{state});
        const auto listener = testing::listen_local();
        peer = testing::connect_local(testing::local_port(listener));
        const int accepted = ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        thread.call([&] { client = std::make_shared<net::Connection>(thread.loop(), accepted); });
    }
    ~BodyReaderTest() override {
        thread.call([&] { client.reset(); });
        thread.stop();
    }

    void by_length(std::uint64_t length) {
        call.head.body = net::BodyKind::length;
        call.head.length = length;
    }
    void in_chunks() { call.head.body = net::BodyKind::chunked; }
    void send(std::string_view bytes) const {
        ASSERT_EQ(::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }
    // Reads to the end or the first error.
    Result<void> read() {
        Result<void> result;
        thread.run([&] { return read_all(result); });
        return result;
    }
    net::Task<void> read_all(Result<void>& result) {
        BodyReader reader(*client, input, call);
        result = reader.take_carried(sink);
        while (result && !reader.done()) {
            client->set_read_deadline(clock.steady_now() + patience, Errc::request_timeout);
            result = co_await reader.more(sink);
        }
    }

    SystemClock clock;
    testing::LoopThread thread{clock};
    testing::Descriptor peer;
    net::ConnectionPtr client;
    std::chrono::milliseconds patience{testing::kPatience};
    ClientInput input;
    Call call;
    Sink sink;
};

TEST_F(BodyReaderTest, ALengthEndsWhereItSaysAndTheRestIsTheNextRequest) {
    by_length(10);
    input.carry = "0123456789GET";
    ASSERT_TRUE(read());
    EXPECT_EQ(sink.text, "0123456789");
    EXPECT_EQ(input.carry, "GET");
    EXPECT_TRUE(call.body_read);
}

TEST_F(BodyReaderTest, ALengthIsWaitedForAndNoByteBehindItIsRead) {
    by_length(10);
    input.carry = "01234";
    send("56789GET");
    ASSERT_TRUE(read());
    EXPECT_EQ(sink.text, "0123456789");
    EXPECT_EQ(input.carry, "");
}

TEST_F(BodyReaderTest, NothingToWaitForEndsAtOnce) {
    by_length(0);
    input.carry = "GET";
    ASSERT_TRUE(read());
    EXPECT_TRUE(call.body_read);
    EXPECT_EQ(input.carry, "GET");
}

TEST_F(BodyReaderTest, ChunksLoseTheirFramesAndWhatStandsBehindThemIsTheNextRequest) {
    in_chunks();
    input.carry = chunk("one ") + "4\r\nt";
    send("wo \r\n" + chunk("three") + chunk("") + "GET");
    ASSERT_TRUE(read());
    EXPECT_EQ(sink.text, "one two three");
    EXPECT_EQ(input.carry, "GET");
}

TEST_F(BodyReaderTest, ChunksAtTheLimitAndOver) {
    for (const std::size_t size : {1000U, 1001U, 10000U}) {
        in_chunks();
        call.body_read = false;
        sink.text.clear();
        input.carry = chunk(std::string(600, 'x')) + chunk(std::string(size - 600, 'x')) + chunk("");
        const auto result = read();
        EXPECT_EQ(result.has_value(), size == 1000) << size;
        if (!result) {
            EXPECT_EQ(result.error().code, Errc::too_large);
            EXPECT_EQ(result.error().message, "the request body is larger than 1000 bytes (limits.body_bytes_max)");
            EXPECT_FALSE(call.body_read) << "the connection must not go on";
        }
    }
}

TEST_F(BodyReaderTest, WhatTheSinkRefusesEndsTheBody) {
    sink.bytes_max = 9;
    by_length(10);
    input.carry = "0123456789";
    EXPECT_EQ(read().error().code, Errc::unavailable);
    EXPECT_FALSE(call.body_read);
}

TEST_F(BodyReaderTest, MalformedChunksAreTheClientsFault) {
    in_chunks();
    input.carry = "zz\r\n";
    EXPECT_EQ(read().error().code, Errc::invalid_request);
}

TEST_F(BodyReaderTest, AClientMayLeaveOrBeSlow) {
    patience = std::chrono::milliseconds(50);
    by_length(10);
    EXPECT_EQ(read().error().code, Errc::request_timeout);
    peer.close();
    EXPECT_EQ(read().error().code, Errc::client_gone);
}

TEST_F(BodyReaderTest, TellsWhatIsStillToCome) {
    by_length(10);
    input.carry = "0123";
    BodyReader counted(*client, input, call);
    EXPECT_EQ(counted.rest(), 10U);
    ASSERT_TRUE(counted.take_carried(sink));
    EXPECT_EQ(counted.rest(), 6U);
    in_chunks();
    EXPECT_EQ(BodyReader(*client, input, call).rest(), std::nullopt);
}

TEST_F(BodyReaderTest, AClientThatExpectsAWordIsWaitingUntilItSends) {
    by_length(10);
    const BodyReader reader(*client, input, call);
    EXPECT_FALSE(reader.awaited());
    call.head.expect_continue = true;
    EXPECT_TRUE(reader.awaited());
    input.carry = "0";
    EXPECT_FALSE(reader.awaited()) << "it has begun";
}

}  // namespace
}  // namespace aihub::gateway
