#include "net/upstream_pool.hpp"

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

TEST_F(UpstreamPoolTest, at_its_cap_a_caller_gets_the_connection_that_is_given_back) {
    auto limited = std::make_shared<Upstream>(*upstream);
    limited->connections_max = 1;
    auto first = acquire(limited);
    ASSERT_TRUE(first);
    const auto* connection = &first->connection();
    Lease second;
    thread.run([&]() -> Task<void> {
        thread.loop().start_timer(20ms, [&] {
            first->give_back();
            first.reset();
        });
        auto acquired = co_await pool.acquire(limited, soon(), UpstreamPool::Reuse::allowed);
        EXPECT_TRUE(acquired);
        second.emplace(*std::move(acquired));
    });
    EXPECT_EQ(&second->connection(), connection);
    EXPECT_TRUE(second->reused());
    drop(second);
}

TEST_F(UpstreamPoolTest, at_its_cap_a_caller_opens_a_new_one_when_another_is_closed) {
    auto limited = std::make_shared<Upstream>(*upstream);
    limited->connections_max = 1;
    auto first = acquire(limited);
    ASSERT_TRUE(first);
    Lease second;
    thread.run([&]() -> Task<void> {
        thread.loop().start_timer(20ms, [&] { first.reset(); });
        auto acquired = co_await pool.acquire(limited, soon(), UpstreamPool::Reuse::allowed);
        EXPECT_TRUE(acquired);
        second.emplace(*std::move(acquired));
    });
    EXPECT_FALSE(second->reused());
    drop(second);
    auto third = acquire(limited);
    EXPECT_TRUE(third) << "the room was given back";
    drop(third);
}

TEST_F(UpstreamPoolTest, waiting_at_the_cap_ends) {
    auto limited = std::make_shared<Upstream>(*upstream);
    limited->connections_max = 2;
    limited->connect_timeout = 50ms;
    auto first = acquire(limited);
    auto second = acquire(limited);
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(acquire(limited));
    EXPECT_EQ(problem.code, Errc::unavailable);
    EXPECT_EQ(problem.message, "all 2 connections to " + upstream->authority + " are in use (connections_max)");
    give_back(first);
    auto third = acquire(limited);
    EXPECT_TRUE(third);
    drop(second);
    drop(third);
}

TEST_F(UpstreamPoolTest, a_new_connection_that_is_asked_for_at_the_cap_takes_the_place_of_an_idle_one) {
    auto limited = std::make_shared<Upstream>(*upstream);
    limited->connections_max = 1;
    auto first = acquire(limited);
    ASSERT_TRUE(first);
    give_back(first);
    auto second = acquire(limited, UpstreamPool::Reuse::never);
    ASSERT_TRUE(second) << problem.message;
    EXPECT_FALSE(second->reused());
    EXPECT_EQ(idle(), 0U);
    drop(second);
}

TEST_F(UpstreamPoolTest, a_failed_connection_leaves_its_room) {
    auto limited = std::make_shared<Upstream>(*upstream);
    limited->connections_max = 1;
    const auto port = local_port(listener);
    listener.close();
    EXPECT_FALSE(acquire(limited));
    EXPECT_FALSE(acquire(limited));
    listener = listen_local(port);
    auto third = acquire(limited);
    EXPECT_TRUE(third) << problem.message;
    drop(third);
}

TEST_F(UpstreamPoolTest, a_connection_serves_so_many_requests_only) {
    auto limited = std::make_shared<Upstream>(*upstream);
    limited->requests_max = 2;
    auto lease = acquire(limited);
    ASSERT_TRUE(lease);
    give_back(lease);
    lease = acquire(limited);
    ASSERT_TRUE(lease);
    EXPECT_TRUE(lease->reused());
    give_back(lease);
    EXPECT_EQ(idle(), 0U);
}

TEST_F(UpstreamPoolTest, opens_connections_ahead_and_keeps_as_many) {
    auto warm = std::make_shared<Upstream>(*upstream);
    warm->warm = 3;
    thread.call([&] { pool.use({warm}); });
    EXPECT_TRUE(testing::eventually([&] { return idle() == 3; }));
    auto lease = acquire(warm);
    ASSERT_TRUE(lease);
    EXPECT_TRUE(lease->reused());
    drop(lease);
    EXPECT_EQ(idle(), 2U);
    EXPECT_TRUE(testing::eventually([&] { return idle() == 3; }));
    thread.call([&] { pool.use({}); });
    EXPECT_EQ(idle(), 0U) << "the configuration has it no more";
}

TEST_F(UpstreamPoolTest, opening_ahead_goes_on_when_the_upstream_comes_back) {
    auto warm = std::make_shared<Upstream>(*upstream);
    warm->warm = 1;
    const auto port = local_port(listener);
    listener.close();
    thread.call([&] { pool.use({warm}); });
    listener = listen_local(port);
    EXPECT_TRUE(testing::eventually([&] { return idle() == 1; }));
}

TEST_F(UpstreamPoolTest, an_upstream_that_is_used_no_more_keeps_nothing) {
    auto lease = acquire(upstream);
    ASSERT_TRUE(lease);
    thread.call([&] { pool.use({}); });
    give_back(lease);
    EXPECT_EQ(idle(), 0U);
}

TEST_F(UpstreamPoolTest, tells_how_many_are_open_and_idle) {
    telemetry::Gauge open;
    telemetry::Gauge kept;
    auto told = std::make_shared<Upstream>(*upstream);
    told->open_gauge = &open;
    told->idle_gauge = &kept;
    auto first = acquire(told);
    auto second = acquire(told);
    ASSERT_TRUE(first && second);
    give_back(first);
    EXPECT_TRUE(testing::eventually([&] { return open.value() == 2 && kept.value() == 1; }));
    drop(second);
    thread.call([&] { pool.close_idle(); });
    EXPECT_TRUE(testing::eventually([&] { return open.value() == 0 && kept.value() == 0; }));
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

TEST_F(UpstreamPoolAge, does_not_use_a_connection_again_when_it_was_opened_too_long_ago) {
    const auto listener = listen_local();
    auto upstream = std::make_shared<Upstream>(parsed("http://127.0.0.1:" + std::to_string(local_port(listener))));
    upstream->age_max = 10s;
    auto lease = acquire(upstream);
    ASSERT_TRUE(lease);
    fake().advance(9s);
    give_back(lease);
    EXPECT_EQ(idle(), 1U);
    lease = acquire(upstream);
    ASSERT_TRUE(lease);
    EXPECT_TRUE(lease->reused());
    fake().advance(1s);
    give_back(lease);
    EXPECT_EQ(idle(), 0U);
}

}  // namespace
}  // namespace aihub::net
