#include "gateway/held_memory.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace aihub::gateway {
namespace {

constexpr std::size_t kBytes = 1000000;
constexpr MemoryLimit kMax{kBytes, "limits.x", "things"};

TEST(HeldMemory, HoldsUpToTheLimitAndNotOneByteMore) {
    std::atomic<std::size_t> total{0};
    HeldMemory first;
    EXPECT_TRUE(first.hold(total, kBytes, kMax));
    EXPECT_EQ(total, kBytes);
    const auto more = first.hold(total, kBytes + 1, kMax);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, Errc::unavailable);
    EXPECT_EQ(more.error().message, "the gateway holds as many bytes of things as it may (limits.x); try again");
    EXPECT_FALSE(first.hold(total, kBytes * 10, kMax));
    EXPECT_EQ(total, kBytes) << "what was held stays, what was refused does not count";
    first.release();
    EXPECT_EQ(total, 0U);
    first.release();
    EXPECT_EQ(total, 0U);
}

TEST(HeldMemory, GrowsWithItsBody) {
    std::atomic<std::size_t> total{0};
    {
        HeldMemory body;
        EXPECT_TRUE(body.hold(total, HeldMemory::kFree, kMax));
        EXPECT_EQ(total, 0U) << "small bodies cost nothing";
        EXPECT_TRUE(body.hold(total, HeldMemory::kFree + 1, kMax));
        EXPECT_EQ(total, HeldMemory::kFree + 1);
        EXPECT_TRUE(body.hold(total, 500000, kMax));
        EXPECT_EQ(total, 500000U);
        HeldMemory other;
        EXPECT_TRUE(other.hold(total, 500000, kMax));
        HeldMemory third;
        EXPECT_FALSE(third.hold(total, 20000, kMax));
        EXPECT_TRUE(third.hold(total, 10, kMax));
    }
    EXPECT_EQ(total, 0U);
}

TEST(HeldMemory, GoesAlongWithItsOwner) {
    std::atomic<std::size_t> total{0};
    HeldMemory first;
    HeldMemory second;
    EXPECT_TRUE(first.hold(total, 300000, kMax));
    EXPECT_TRUE(second.hold(total, 500000, kMax));
    second = std::move(first);
    EXPECT_EQ(total, 300000U) << "what it held before went back";
    first.release();
    EXPECT_EQ(total, 300000U);
    HeldMemory& same = second;
    second = std::move(same);
    EXPECT_EQ(total, 300000U);
    second.release();
    EXPECT_EQ(total, 0U);
}

}  // namespace
}  // namespace aihub::gateway
