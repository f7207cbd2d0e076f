#include "gateway/key_gates.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace aihub::gateway {
namespace {

TEST(KeyGates, uses_of_one_key_share_a_gate) {
    KeyGates gates;
    auto first = gates.use("ak_1");
    {
        const auto second = gates.use("ak_1");
        const auto other = gates.use("ak_2");
        EXPECT_EQ(&first.gate(), &second.gate());
        EXPECT_NE(&first.gate(), &other.gate());
        EXPECT_EQ(gates.size(), 2U);
    }
    EXPECT_EQ(gates.size(), 1U);
    const auto moved = std::move(first);
    EXPECT_EQ(gates.size(), 1U);
    EXPECT_TRUE(moved.gate().try_enter(1));
}

TEST(KeyGates, many_keys_and_threads) {
    KeyGates gates;
    const auto kept = gates.use("ak_kept");
    const auto* gate = &kept.gate();
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&] {
                for (int round = 0; round < 5000; ++round) {
                    const auto use = gates.use("ak_" + std::to_string(round % 100));
                    const auto same = gates.use("ak_kept");
                    ASSERT_EQ(&same.gate(), gate);  // whatever else comes and goes
                }
            });
        }
    }
    EXPECT_EQ(gates.size(), 1U);
}

}  // namespace
}  // namespace aihub::gateway
