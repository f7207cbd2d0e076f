#include "catalog/balance.hpp"

#include "support/fake_clock.hpp"
#include "support/fake_provider.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace aihub::catalog {
namespace {

using std::chrono::milliseconds;

class BalanceTest : public ::testing::Test {
protected:
    // A route over providers a, b, c ... with these weights and priorities.
    void route(const std::string& method, std::vector<std::pair<std::size_t, std::size_t>> places) {
        auto snapshot = std::make_shared<config::Snapshot>();
        Catalog::Instances instances;
        auto& route = snapshot->models["m"];
        route.name = "m";
        route.balance = method;
        char name = 'a';
        for (const auto& [weight, priority] : places) {
            const std::string provider(1, name++);
            snapshot->providers[provider].name = provider;
            instances[provider] = std::make_shared<testing::FakeCodec>();
            route.candidates.push_back({provider, "large", weight, priority});
        }
        catalog = std::make_unique<Catalog>(snapshot, instances);
    }
    // The order of one call: "abc".
    std::string order() {
        auto candidates = *catalog->resolve("m");
        balance(candidates, random, clock);
        std::string text;
        for (const auto& candidate : candidates) {
            text += candidate.target->name;
        }
        return text;
    }
    // How often each comes first.
    std::map<char, int> firsts(int calls) {
        std::map<char, int> counts;
        for (int i = 0; i < calls; ++i) {
            ++counts[order().front()];
        }
        return counts;
    }
    Health& health(const std::string& provider) { return *catalog->targets().find(provider)->second.health; }

    testing::FakeClock clock;
    Random random{42};
    std::unique_ptr<Catalog> catalog;
};

TEST_F(BalanceTest, order_is_the_order_of_priority_and_of_the_text) {
    route("order", {{1, 1}, {1, 0}, {1, 1}, {1, 0}});
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(order(), "bdac");
    }
}

TEST_F(BalanceTest, weights_are_shares) {
    route("weighted", {{7, 0}, {2, 0}, {1, 0}, {1000, 1}});
    auto counts = firsts(10'000);
    EXPECT_NEAR(counts['a'], 7000, 200);
    EXPECT_NEAR(counts['b'], 2000, 200);
    EXPECT_NEAR(counts['c'], 1000, 150);
    EXPECT_EQ(counts['d'], 0);  // another priority
    std::map<std::string, int> seconds;
    for (int i = 0; i < 10'000; ++i) {
        const auto drawn = order();
        EXPECT_EQ(drawn.back(), 'd');
        ++seconds[drawn.substr(0, 2)];
    }
    EXPECT_NEAR(seconds["ab"], 7000 * 2 / 3, 250);  // of what is left by weight, too
}

TEST_F(BalanceTest, the_least_busy_first_and_chance_among_equals) {
    route("least_busy", {{1, 0}, {1, 0}, {1, 0}});
    ASSERT_TRUE(health("a").gate.try_enter(0));
    ASSERT_TRUE(health("a").gate.try_enter(0));
    ASSERT_TRUE(health("b").gate.try_enter(0));
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(order(), "cba");
    }
    ASSERT_TRUE(health("c").gate.try_enter(0));
    auto counts = firsts(2000);
    EXPECT_EQ(counts['a'], 0);
    EXPECT_NEAR(counts['b'], 1000, 120);
}

TEST_F(BalanceTest, peak_ewma_prefers_what_is_fast_and_free) {
    route("peak_ewma", {{1, 0}, {1, 0}, {1, 0}});
    health("a").latency.observe(milliseconds(10), clock.steady_now());
    health("b").latency.observe(milliseconds(100), clock.steady_now());
    health("c").latency.observe(milliseconds(1000), clock.steady_now());
    auto counts = firsts(3000);
    EXPECT_NEAR(counts['a'], 2000, 150);  // whenever it is one of the two that are drawn
    EXPECT_NEAR(counts['b'], 1000, 150);
    EXPECT_EQ(counts['c'], 0);
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(health("a").gate.try_enter(0));  // fast, but twenty wait there
    }
    counts = firsts(3000);
    EXPECT_NEAR(counts['b'], 2000, 150);
    clock.advance(std::chrono::minutes(10));  // what was slow is long ago
    counts = firsts(3000);
    EXPECT_GT(counts['c'], 500);
}

TEST_F(BalanceTest, one_candidate_is_left_alone) {
    route("weighted", {{1, 0}});
    Random untouched{42};
    EXPECT_EQ(order(), "a");
    EXPECT_EQ(random.next(), untouched.next());
}

}  // namespace
}  // namespace aihub::catalog
