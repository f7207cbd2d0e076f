#include "net/upstream.hpp"

#include "support/fake_clock.hpp"
#include "support/pool_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <vector>

namespace aihub::net {
namespace {

using namespace std::chrono_literals;
using testing::Descriptor;
using ::testing::HasSubstr;
using testing::listen_local;
using testing::local_port;
using testing::PoolTest;

std::string parsed_text(std::string_view url) {
    const auto upstream = Upstream::parse(url);
    if (!upstream) {
        EXPECT_EQ(upstream.error().code, Errc::invalid_request);
        EXPECT_THAT(upstream.error().message, HasSubstr(std::string(url)));
        return "error";
    }
    return std::string(upstream->tls ? "tls " : "plain ") + upstream->host + " " + std::to_string(upstream->port) +
           " [" + upstream->authority + "] [" + upstream->base_path + "]";
}

TEST(UpstreamParse, takes_base_urls_apart) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"https://api.example.com/v1", "tls api.example.com 443 [api.example.com] [/v1]"},
        {"https://api.example.com", "tls api.example.com 443 [api.example.com] []"},
        {"https://api.example.com/", "tls api.example.com 443 [api.example.com] []"},
        {"http://api.example.com/a/b//", "plain api.example.com 80 [api.example.com] [/a/b]"},
        {"http://127.0.0.1:11434/v1", "plain 127.0.0.1 11434 [127.0.0.1:11434] [/v1]"},
        {"https://example.com:8443", "tls example.com 8443 [example.com:8443] []"},
        {"http://[::1]:8080/v1", "plain ::1 8080 [[::1]:8080] [/v1]"},
        {"https://[2001:db8::1]/v1", "tls 2001:db8::1 443 [[2001:db8::1]] [/v1]"},
        {"http://localhost:65535", "plain localhost 65535 [localhost:65535] []"},
        {"", "error"},
        {"api.example.com", "error"},
        {"ftp://example.com", "error"},
        {"HTTP//example.com", "error"},
        {"https://", "error"},
        {"https:///v1", "error"},
        {"https://user:word@example.com", "error"},
        {"http://example.com:0", "error"},
        {"http://example.com:65536", "error"},
        {"http://example.com:80x", "error"},
        {"http://example.com:-1", "error"},
        {"http://:8080", "error"},
        {"http://[::1:8080", "error"},
    };
    for (const auto& [url, expected] : cases) {
        EXPECT_EQ(parsed_text(url), expected) << url;
    }
}

class UpstreamPoolTest : public PoolTest {
protected:
    Descriptor accept() const { return Descriptor(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
    Descriptor listener = listen_local();
    UpstreamPtr upstream = local(local_port(listener));
};

TEST_F(UpstreamPoolTest, uses_the_newest_connection_first) {
    auto first = acquire(upstream);
    auto second = acquire(upstream);
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(first->reused());
    const auto* older = &first->connection();
    const auto* newer = &second->connection();
    EXPECT_NE(older, newer);
    give_back(first);
    give_back(second);
    EXPECT_EQ(idle(), 2U);
    auto third = acquire(upstream);
    auto fourth = acquire(upstream);
    ASSERT_TRUE(third && fourth);
    EXPECT_EQ(&third->connection(), newer);
    EXPECT_EQ(&fourth->connection(), older);
    EXPECT_TRUE(third->reused());
    EXPECT_EQ(idle(), 0U);
    drop(third);
    drop(fourth);
}

TEST_F(UpstreamPoolTest, a_lease_that_was_not_given_back_is_closed) {
    auto lease = acquire(upstream);
    ASSERT_TRUE(lease);
    const auto peer = accept();
    drop(lease);
    EXPECT_EQ(idle(), 0U);
    char byte = 0;
    EXPECT_EQ(::recv(peer.get(), &byte, 1, 0), 0);
}

TEST_F(UpstreamPoolTest, does_not_use_a_connection_that_the_peer_has_closed) {
    auto lease = acquire(upstream);
    ASSERT_TRUE(lease);
    auto peer = accept();
    auto* connection = &lease->connection();
    peer.close();
    ASSERT_TRUE(testing::eventually([&] {
        bool quiet = true;
        thread.call([&] { quiet = connection->quiet(); });
        return !quiet;
    }));
    give_back(lease);
    auto next = acquire(upstream);
    ASSERT_TRUE(next);
    EXPECT_FALSE(next->reused());
    drop(next);
}

TEST_F(UpstreamPoolTest, does_not_use_a_connection_on_which_something_came_unasked) {
    auto lease = acquire(upstream);
    ASSERT_TRUE(lease);
    const auto peer = accept();
    auto* connection = &lease->connection();
    ASSERT_EQ(::send(peer.get(), "HTTP/1.1 408", 12, 0), 12);
    ASSERT_TRUE(testing::eventually([&] {
        bool quiet = true;
        thread.call([&] { quiet = connection->quiet(); });
        return !quiet;
    }));
    give_back(lease);
    auto next = acquire(upstream);
    ASSERT_TRUE(next);
    EXPECT_FALSE(next->reused());
    drop(next);
}

TEST_F(UpstreamPoolTest, makes_a_new_connection_when_that_is_asked_for) {
    auto lease = acquire(upstream);
    ASSERT_TRUE(lease);
    give_back(lease);
    auto next = acquire(upstream, UpstreamPool::Reuse::never);
    ASSERT_TRUE(next);
    EXPECT_FALSE(next->reused());
    EXPECT_EQ(idle(), 1U);
    drop(next);
}

TEST_F(UpstreamPoolTest, keeps_at_most_idle_max) {
    auto limited = std::make_shared<Upstream>(*upstream);
    limited->idle_max = 1;
    auto first = acquire(limited);
    auto second = acquire(limited);
    ASSERT_TRUE(first && second);
    give_back(first);
    give_back(second);
    EXPECT_EQ(idle(), 1U);
}

TEST_F(UpstreamPoolTest, keeps_upstreams_apart) {
    const auto other = std::make_shared<const Upstream>(*upstream);  // the same place, other settings
    auto lease = acquire(upstream);
    ASSERT_TRUE(lease);
    give_back(lease);
    auto next = acquire(other);
    ASSERT_TRUE(next);
    EXPECT_FALSE(next->reused());
    drop(next);
}

TEST_F(UpstreamPoolTest, close_idle_closes_all) {
    auto lease = acquire(upstream);
    ASSERT_TRUE(lease);
    const auto peer = accept();
    give_back(lease);
    thread.call([&] { pool.close_idle(); });
    EXPECT_EQ(idle(), 0U);
    char byte = 0;
    EXPECT_EQ(::recv(peer.get(), &byte, 1, 0), 0);
}

TEST_F(UpstreamPoolTest, says_who_refused) {
    listener.close();
    EXPECT_FALSE(acquire(upstream));
    EXPECT_EQ(problem.code, Errc::unavailable);
    EXPECT_EQ(problem.message, "cannot connect to " + upstream->authority + ": Connection refused");
}

TEST_F(UpstreamPoolTest, says_which_name_is_not_known) {
    EXPECT_FALSE(acquire(std::make_shared<Upstream>(parsed("http://no-such-host.invalid:1"))));
    EXPECT_EQ(problem.code, Errc::unavailable);
    EXPECT_THAT(problem.message, HasSubstr("no-such-host.invalid"));
}

TEST_F(UpstreamPoolTest, resolves_names) {
    auto named = std::make_shared<Upstream>(parsed("http://localhost:" + std::to_string(local_port(listener))));
    auto lease = acquire(named);
    ASSERT_TRUE(lease) << problem.message;
    drop(lease);
}

class UpstreamPoolAge : public PoolTest {
protected:
    UpstreamPoolAge() : PoolTest(std::make_unique<testing::FakeClock>()) {}
    [[nodiscard]] testing::FakeClock& fake() { return static_cast<testing::FakeClock&>(*clock); }
};

TEST_F(UpstreamPoolAge, closes_a_kept_connection_when_it_is_too_old) {
    const auto listener = listen_local();
    auto upstream = std::make_shared<Upstream>(parsed("http://127.0.0.1:" + std::to_string(local_port(listener))));
    upstream->keep_alive = 10s;
    auto lease = acquire(upstream);
    ASSERT_TRUE(lease);
    give_back(lease);
    fake().advance(9s);
    const auto swept = testing::make_signal();
    thread.call([&] { thread.loop().start_timer(0s, [swept] { swept->set(); }); });
    ASSERT_TRUE(swept->wait());
    EXPECT_EQ(idle(), 1U);
    fake().advance(2s);
    EXPECT_TRUE(testing::eventually([&] { return idle() == 0; }));
}

}  // namespace
}  // namespace aihub::net
