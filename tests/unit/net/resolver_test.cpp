#include "net/resolver.hpp"

#include "support/dns_server.hpp"
#include "support/fake_clock.hpp"
#include "support/loop_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aihub::net {
namespace {

using namespace std::chrono_literals;
using testing::DnsAnswer;
using ::testing::HasSubstr;
using Kind = DnsAnswer::Kind;

// A dot at the end keeps the system's search domains out.
class ResolverTest : public ::testing::Test {
protected:
    ~ResolverTest() override {
        thread.call([this] { resolver.reset(); });
        thread.stop();
    }
    void use(ResolverOptions options = {}) {
        options.servers = {server.address()};
        thread.call([&] { resolver = std::make_unique<Resolver>(thread.loop(), options); });
    }
    // The addresses in one line, or the error.
    std::string resolve(const std::string& host, std::chrono::milliseconds patience = testing::kPatience) {
        std::string out;
        thread.run([&]() -> Task<void> {
            const auto found = co_await resolver->resolve(host, 80, clock.steady_now() + patience);
            out = found ? "" : "error " + std::to_string(http_status(found.error().code)) + " " + found.error().message;
            for (const auto& address : found ? *found : std::vector<Address>{}) {
                out += (out.empty() ? "" : " ") + address.text();
            }
        });
        return out;
    }

    testing::DnsServer server;
    testing::FakeClock clock;
    testing::LoopThread thread{clock};
    std::unique_ptr<Resolver> resolver;
};

TEST_F(ResolverTest, literal_addresses_need_no_server) {
    use();
    EXPECT_EQ(resolve("192.0.2.7"), "192.0.2.7:80");
    EXPECT_EQ(resolve("::1"), "[::1]:80");
}

TEST_F(ResolverTest, the_hosts_file_comes_first) {
    use();
    EXPECT_THAT(resolve("localhost"), HasSubstr("127.0.0.1:80"));
    EXPECT_EQ(server.asked("localhost"), 0);
}

TEST_F(ResolverTest, gives_both_families) {
    use();
    server.set("both.test", {{"127.0.0.2", "::1", "127.0.0.3"}});
    const auto found = resolve("both.test.");
    for (const std::string one : {"127.0.0.2:80", "127.0.0.3:80", "[::1]:80"}) {
        EXPECT_THAT(found, HasSubstr(one));
    }
}

TEST_F(ResolverTest, an_answer_counts_for_its_time_to_live) {
    use();
    server.set("a.test", {{"127.0.0.2"}, 10});
    EXPECT_EQ(resolve("a.test."), "127.0.0.2:80");
    server.set("a.test", {{"127.0.0.3"}, 10});
    clock.advance(9s);
    EXPECT_EQ(resolve("a.test."), "127.0.0.2:80");
    EXPECT_EQ(server.asked("a.test"), 1);
    clock.advance(2s);
    EXPECT_EQ(resolve("a.test."), "127.0.0.3:80");
    EXPECT_EQ(server.asked("a.test"), 2);
}

TEST_F(ResolverTest, the_time_to_live_has_a_floor_and_a_ceiling) {
    use({.ttl_min = 5s, .ttl_max = 60s});
    server.set("short.test", {{"127.0.0.2"}, 0});
    server.set("long.test", {{"127.0.0.2"}, 86400});
    resolve("short.test.");
    resolve("long.test.");
    clock.advance(4s);
    resolve("short.test.");
    EXPECT_EQ(server.asked("short.test"), 1);
    clock.advance(2s);
    resolve("short.test.");
    EXPECT_EQ(server.asked("short.test"), 2);
    clock.advance(55s);
    resolve("long.test.");
    EXPECT_EQ(server.asked("long.test"), 2);
}

TEST_F(ResolverTest, a_name_that_does_not_exist_is_remembered_for_a_while) {
    use({.negative_ttl = 5s});
    EXPECT_THAT(resolve("no.test."), HasSubstr("error 503 cannot resolve the host name no.test.: "));
    server.set("no.test", {{"127.0.0.2"}});
    EXPECT_THAT(resolve("no.test."), HasSubstr("error 503"));
    EXPECT_EQ(server.asked("no.test"), 1);
    clock.advance(6s);
    EXPECT_EQ(resolve("no.test."), "127.0.0.2:80");
}

TEST_F(ResolverTest, an_old_answer_serves_while_the_servers_fail) {
    use({.negative_ttl = 1s, .stale_max = 100s});
    server.set("a.test", {{"127.0.0.2"}, 10});
    EXPECT_EQ(resolve("a.test."), "127.0.0.2:80");
    server.set("a.test", {{}, 0, Kind::failure});
    clock.advance(11s);
    EXPECT_EQ(resolve("a.test."), "127.0.0.2:80");
    clock.advance(90s);
    EXPECT_EQ(resolve("a.test."), "127.0.0.2:80");
    clock.advance(11s);
    EXPECT_THAT(resolve("a.test."), HasSubstr("error 503"));
}

TEST_F(ResolverTest, an_old_answer_does_not_outlive_the_name) {
    use();
    server.set("a.test", {{"127.0.0.2"}, 1});
    EXPECT_EQ(resolve("a.test."), "127.0.0.2:80");
    server.set("a.test", {{}, 0, Kind::unknown_name});
    clock.advance(2s);
    EXPECT_THAT(resolve("a.test."), HasSubstr("error 503"));
}

TEST_F(ResolverTest, callers_share_one_question) {
    use();
    server.set("a.test", {{"127.0.0.2"}});
    int done = 0;
    thread.run([&]() -> Task<void> {
        const auto one = [](Resolver& from, SteadyTime until, int& count) -> Task<void> {
            const auto found = co_await from.resolve("a.test.", 80, until);
            count += found.has_value() ? 1 : 0;
        };
        for (int i = 0; i < 10; ++i) {
            spawn(one(*resolver, clock.steady_now() + 10s, done));
        }
        co_await one(*resolver, clock.steady_now() + 10s, done);
    });
    EXPECT_TRUE(testing::eventually([&] {
        int now = 0;
        thread.call([&] { now = done; });
        return now == 11;
    }));
    EXPECT_EQ(server.asked("a.test"), 1);
}

TEST_F(ResolverTest, what_is_known_stays_known_when_it_is_configured_anew) {
    use();
    server.set("a.test", {{"127.0.0.2"}});
    EXPECT_EQ(resolve("a.test."), "127.0.0.2:80");
    ResolverOptions same;
    same.servers = {server.address()};
    thread.call([&] { resolver->configure(same); });
    EXPECT_EQ(resolve("a.test."), "127.0.0.2:80");
    EXPECT_EQ(server.asked("a.test"), 1);
    testing::DnsServer other;
    other.set("a.test", {{"127.0.0.9"}});
    same.servers = {other.address()};
    thread.call([&] { resolver->configure(same); });
    EXPECT_EQ(resolve("a.test."), "127.0.0.9:80");
}

// With the real clock: the waits of callers run on it.
TEST(ResolverDeadline, silence_ends_at_the_time_out) {
    testing::DnsServer server;
    const SystemClock clock;
    testing::LoopThread thread(clock);
    ResolverOptions options;
    options.servers = {server.address()};
    options.timeout = 50ms;
    server.set("mute.test", {{}, 0, Kind::silence});
    std::unique_ptr<Resolver> resolver;
    thread.call([&] { resolver = std::make_unique<Resolver>(thread.loop(), options); });
    thread.run([&]() -> Task<void> {
        const auto mute = co_await resolver->resolve("mute.test.", 80, clock.steady_now() + testing::kPatience);
        EXPECT_FALSE(mute);
        EXPECT_EQ(mute.error().code, Errc::unavailable);
        EXPECT_THAT(mute.error().message, HasSubstr("cannot resolve the host name mute.test."));
    });
    EXPECT_EQ(server.asked("mute.test"), 2);
    thread.call([&] { resolver.reset(); });
    thread.stop();
}

TEST(ResolverDeadline, a_caller_waits_no_longer_than_it_wants_and_no_longer_than_needed) {
    testing::DnsServer server;
    const SystemClock clock;
    testing::LoopThread thread(clock);
    ResolverOptions options;
    options.servers = {server.address()};
    options.ttl_min = 0s;
    server.set("mute.test", {{}, 0, Kind::silence});
    server.set("old.test", {{"127.0.0.2"}, 0});
    std::unique_ptr<Resolver> resolver;
    thread.call([&] { resolver = std::make_unique<Resolver>(thread.loop(), options); });
    thread.run([&]() -> Task<void> {
        const auto before = clock.steady_now();
        const auto mute = co_await resolver->resolve("mute.test.", 80, before + 100ms);
        EXPECT_FALSE(mute);
        EXPECT_EQ(mute.error().code, Errc::upstream_timeout);
        EXPECT_LT(clock.steady_now() - before, 2s);
        const auto fresh = co_await resolver->resolve("old.test.", 80, clock.steady_now() + 10s);
        EXPECT_TRUE(fresh);
        server.set("old.test", {{}, 0, Kind::silence});
        const auto stale = co_await resolver->resolve("old.test.", 80, clock.steady_now() + 10s);
        EXPECT_TRUE(stale);
    });
    thread.call([&] { resolver.reset(); });
    thread.stop();
}

}  // namespace
}  // namespace aihub::net
