#include "net/exchange.hpp"

#include "support/pool_fixture.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace aihub::net {
namespace {

using testing::chunk;
using testing::RawUpstream;
using testing::Reply;

class ExchangeTest : public testing::PoolTest {
protected:
    // Asks and reads to the end; what was got, as text.
    Task<void> ask(std::string& out) {
        auto lease = co_await pool.acquire(upstream, soon(), UpstreamPool::Reuse::allowed);
        if (!lease) {
            out = "no connection";
            co_return;
        }
        Exchange exchange(*std::move(lease));
        const std::string request = testing::http_request("POST", "/x", "{}");
        const std::array<std::string_view, 1> parts{request};
        const auto sent = co_await exchange.send(parts, testing::kPatience, soon());
        EXPECT_TRUE(sent);
        const auto rest = co_await exchange.read_head({}, soon());
        if (!rest) {
            out = "no head: " + std::to_string(http_status(rest.error().code));
            co_return;
        }
        out = std::to_string(exchange.head().status) + " ";
        co_await read_body(exchange, std::string(*rest), out);
        exchange.give_back();
    }
    Task<void> read_body(Exchange& exchange, std::string first, std::string& out) {
        std::string_view bytes = first;
        for (;;) {
            const auto done = exchange.take(bytes, [&](std::string_view payload) { out += payload; });
            if (!done) {
                out += " malformed: " + std::to_string(http_status(done.error().code));
                co_return;
            }
            if (*done) {
                out += " done";
                co_return;
            }
            const auto more = co_await exchange.read_some(soon());
            if (!more) {
                out += " broken: " + std::to_string(http_status(more.error().code));
                co_return;
            }
            if (more->empty()) {
                out += exchange.ends_with_close() ? " closed" : " cut";
                co_return;
            }
            bytes = *more;
        }
    }
    // What an upstream's reply comes to, and whether the connection is kept after it.
    std::string asked(Reply reply) {
        thread.call([this] { pool.close_idle(); });
        server.enqueue(std::move(reply));
        std::string out;
        thread.run([&] { return ask(out); });
        return out + (idle() > 0 ? ", kept" : "");
    }

    RawUpstream server;
    UpstreamPtr upstream = local(server.port());
};

const std::string kOk = "HTTP/1.1 200 OK\r\n";

struct Case {
    std::string bytes;
    std::string expected;
    bool close = false;
};

TEST_F(ExchangeTest, replies_in_one_piece_and_in_single_bytes) {
    const std::string chunks = chunk("he") + chunk("llo");
    const std::vector<Case> cases{
        {kOk + "Content-Length: 5\r\n\r\nhello", "200 hello done, kept"},
        {kOk + "Content-Length: 0\r\n\r\n", "200  done, kept"},
        {"HTTP/1.1 204 No Content\r\n\r\n", "204  done, kept"},
        {"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno", "500 no done, kept"},
        {kOk + "Content-Length: 5\r\nConnection: close\r\n\r\nhello", "200 hello done"},
        {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello done"},
        {kOk + "Transfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n", "200 hello done, kept"},
        {kOk + "Transfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\nX-Trailer: 1\r\n\r\n", "200 hello done, kept"},
        {kOk + "\r\nhello", "200 hello closed", true},
        {"HTTP/1.1 100 Continue\r\n\r\n" + kOk + "Content-Length: 5\r\n\r\nhello", "200 hello done, kept"},
        {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + kOk +
             "Content-Length: 2\r\n\r\nhi",
         "200 hi done, kept"},
        {kOk + "Content-Length: 5\r\n\r\nhel", "200 hel cut", true},
        {kOk + "Transfer-Encoding: chunked\r\n\r\n" + chunks, "200 hello cut", true},
        {kOk + "Transfer-Encoding: chunked\r\n\r\n" + chunk("he") + "zz\r\n", "200 he malformed: 502"},
        {"", "no head: 502", true},
        {"HTTP/1.1 200 OK\r\nConte", "no head: 502", true},
        {"HTTP/1.1 100 Continue\r\n\r\n", "no head: 502", true},
        {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "no head: 502"},
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "no head: 502"},
        {kOk + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "no head: 502"},
    };
    for (const auto& item : cases) {
        Reply whole;
        Reply bytes;
        if (!item.bytes.empty()) {
            whole.send(item.bytes);
            bytes.slices(item.bytes);
        }
        if (item.close) {
            whole.close();
            bytes.close();
        }
        EXPECT_EQ(asked(whole), item.expected) << item.bytes;
        EXPECT_EQ(asked(bytes), item.expected) << "in bytes: " << item.bytes;
    }
}

TEST_F(ExchangeTest, a_connection_with_surplus_bytes_is_not_kept) {
    EXPECT_EQ(asked(Reply(kOk + "Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n")), "200 hello done");
    EXPECT_EQ(asked(Reply(kOk + "Transfer-Encoding: chunked\r\n\r\n" + chunk("x") + "0\r\n\r\nmore")), "200 x done");
}

TEST_F(ExchangeTest, a_kept_connection_serves_again) {
    EXPECT_EQ(asked(Reply(kOk + "Content-Length: 1\r\n\r\na")), "200 a done, kept");
    server.enqueue(Reply(kOk + "Content-Length: 1\r\n\r\nb"));
    std::string out;
    thread.run([&] { return ask(out); });
    EXPECT_EQ(out, "200 b done");
    EXPECT_EQ(server.connections(), 1U);
}

TEST_F(ExchangeTest, a_reset_is_told_from_an_end) {
    EXPECT_EQ(asked(Reply().reset()), "no head: 503");
}

TEST_F(ExchangeTest, a_head_over_the_limit_is_an_error) {
    EXPECT_EQ(asked(Reply(kOk + "X-Long: " + std::string(40000, 'x') + "\r\n\r\n")), "no head: 502");
}

TEST_F(ExchangeTest, drain_gives_the_connection_back_at_the_end_of_the_body) {
    const auto go_on = testing::make_signal();
    server.enqueue(Reply(kOk + "Transfer-Encoding: chunked\r\n\r\n" + chunk("x")).wait(go_on).send("0\r\n\r\n"));
    thread.run([&]() -> Task<void> {
        auto lease = co_await pool.acquire(upstream, soon(), UpstreamPool::Reuse::never);
        Exchange exchange(*std::move(lease));
        const std::string request = testing::http_request("POST", "/x", "{}");
        const std::array<std::string_view, 1> parts{request};
        const auto sent = co_await exchange.send(parts, testing::kPatience, soon());
        EXPECT_TRUE(sent);
        const auto rest = co_await exchange.read_head({}, soon());
        EXPECT_TRUE(rest);
        EXPECT_TRUE(exchange.take(*rest, [](std::string_view) {}));
        Exchange::drain(std::move(exchange), testing::kPatience);
    });
    EXPECT_EQ(idle(), 0U);
    go_on->set();
    EXPECT_TRUE(testing::eventually([&] { return idle() == 1; }));
}

}  // namespace
}  // namespace aihub::net
