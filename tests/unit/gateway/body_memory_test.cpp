#include "gateway/body_memory.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace aihub::gateway {
namespace {

constexpr std::size_t kMax = 1000000;

TEST(BodyMemory, HoldsUpToTheLimitAndNotOneByteMore) {
    std::atomic<std::size_t> total{0};
    BodyMemory first;
    EXPECT_TRUE(first.hold(total, kMax, kMax));
    EXPECT_EQ(total, kMax);
    const auto more = first.hold(total, kMax + 1, kMax);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, Errc::unavailable);
    EXPECT_FALSE(first.hold(total, kMax * 10, kMax));
    EXPECT_EQ(total, kMax) << "what was held stays, what was refused does not count";
    first.release();
    EXPECT_EQ(total, 0U);
    first.release();
    EXPECT_EQ(total, 0U);
}

TEST(BodyMemory, GrowsWithItsBody) {
    std::atomic<std::size_t> total{0};
    {
        BodyMemory body;
        EXPECT_TRUE(body.hold(total, BodyMemory::kFree, kMax));
        EXPECT_EQ(total, 0U) << "small bodies cost nothing";
        EXPECT_TRUE(body.hold(total, BodyMemory::kFree + 1, kMax));
        EXPECT_EQ(total, BodyMemory::kFree + 1);
        EXPECT_TRUE(body.hold(total, 500000, kMax));
        EXPECT_EQ(total, 500000U);
        BodyMemory other;
        EXPECT_TRUE(other.hold(total, 500000, kMax));
        BodyMemory third;
        EXPECT_FALSE(third.hold(total, 20000, kMax));
        EXPECT_TRUE(third.hold(total, 10, kMax));
    }
    EXPECT_EQ(total, 0U);
}

}  // namespace
}  // namespace aihub::gateway
