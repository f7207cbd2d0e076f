#include "net/http_proxy.hpp"

#include "net/connector.hpp"
#include "net/upstream.hpp"
#include "support/pool_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

namespace aihub::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawUpstream;
using testing::Reply;

TEST(HttpProxy, takes_urls_apart) {
    struct Case {
        std::string url, authority, authorization;
    };
    const std::vector<Case> good{
        {"http://proxy.test:3128", "proxy.test:3128", ""},
        {"http://127.0.0.1:8080/", "127.0.0.1:8080", ""},
        {"http://[::1]:8080", "[::1]:8080", ""},
        {"http://user:word@proxy.test:1", "proxy.test:1", "Basic dXNlcjp3b3Jk"},
        {"http://user@proxy.test:1", "proxy.test:1", "Basic dXNlcjo="},
        {"http://a%40b:c%3Ad@proxy.test:1", "proxy.test:1", "Basic YUBiOmM6ZA=="},
    };
    for (const auto& one : good) {
        const auto proxy = HttpProxy::parse(one.url);
        ASSERT_TRUE(proxy) << one.url;
        EXPECT_EQ(proxy->authority(), one.authority);
        EXPECT_EQ(proxy->authorization.expose(), one.authorization);
    }
    for (const std::string wrong :
         {"",
          "proxy.test:3128",
          "https://proxy.test:3128",
          "socks5://proxy.test:1080",
          "http://proxy.test",
          "http://:3128",
          "http://proxy.test:0",
          "http://proxy.test:70000",
          "http://proxy.test:3128/path",
          "http://::1:3128",
          "http://u%2:secret@proxy.test:1",
          "http://u%:secret@proxy.test:1"}) {
        const auto proxy = HttpProxy::parse(wrong);
        ASSERT_FALSE(proxy) << wrong;
        EXPECT_THAT(proxy.error().message, Not(HasSubstr("secret")));
    }
}

class TunnelTest : public testing::PoolTest {
protected:
    // As the program does: OpenSSL writes without MSG_NOSIGNAL.
    static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }
    // What comes of a tunnel through a proxy that answers so.
    std::string tunnel(Reply reply) {
        proxy.enqueue(std::move(reply));
        auto upstream = parsed("https://api.example.test/v1");
        upstream.use_proxy(*HttpProxy::parse("http://user:word@127.0.0.1:" + std::to_string(proxy.port())));
        upstream.connect_timeout = std::chrono::milliseconds(500);
        EXPECT_FALSE(acquire(std::make_shared<Upstream>(upstream)));
        return problem.message;
    }
    RawUpstream proxy;
};

TEST_F(TunnelTest, asks_for_the_target_by_name_and_port) {
    const auto message = tunnel(Reply("HTTP/1.1 200 Connection established\r\n\r\n").close());
    EXPECT_THAT(message, HasSubstr("cannot connect to api.example.test through the proxy 127.0.0.1:"));
    EXPECT_THAT(message, Not(HasSubstr("word")));
    EXPECT_THAT(
        proxy.bytes(0),
        ::testing::StartsWith("CONNECT api.example.test:443 HTTP/1.1\r\nHost: api.example.test:443\r\n"
                              "Proxy-Authorization: Basic dXNlcjp3b3Jk\r\n\r\n")
    );
}

TEST_F(TunnelTest, says_what_the_proxy_said) {
    EXPECT_THAT(
        tunnel(Reply("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")),
        HasSubstr("the proxy wants other credentials (407)")
    );
    EXPECT_THAT(
        tunnel(Reply("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")),
        HasSubstr("the proxy refused to connect (403)")
    );
    EXPECT_THAT(tunnel(Reply("SSH-2.0-x\r\n\r\n")), HasSubstr("the proxy's answer is malformed"));
    EXPECT_THAT(tunnel(Reply().close()), HasSubstr("the proxy closed the connection"));
}

TEST_F(TunnelTest, nothing_may_come_before_the_target_was_greeted) {
    EXPECT_THAT(
        tunnel(Reply("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")),
        HasSubstr("the proxy sent something into the tunnel")
    );
}

TEST_F(TunnelTest, a_silent_proxy_is_not_waited_for) {
    EXPECT_THAT(tunnel(Reply().hold()), HasSubstr("the connection took too long"));
    EXPECT_EQ(problem.code, Errc::upstream_timeout);
}

}  // namespace
}  // namespace aihub::net
