#include "gateway/admit.hpp"

#include "support/worker_fixture.hpp"

namespace aihub::gateway {
namespace {

class Admit : public testing::WorkerTest {};

TEST_F(Admit, lends_as_many_leases_as_the_limit_says) {
    start();
    config::Limits limits;
    limits.calls_max = 2;
    {
        auto first = admit(limits, *services);
        auto second = admit(limits, *services);
        ASSERT_TRUE(first);
        ASSERT_TRUE(second);
        EXPECT_EQ(services->calls.load(), 2U);
        const auto third = admit(limits, *services);
        ASSERT_FALSE(third);
        EXPECT_EQ(third.error().code, Errc::unavailable);
        EXPECT_EQ(third.error().reason, "overloaded");
        EXPECT_EQ(services->calls.load(), 2U);  // a refusal holds nothing
        const Lease moved = *std::move(first);
        EXPECT_EQ(services->calls.load(), 2U);
    }
    EXPECT_EQ(services->calls.load(), 0U);
    EXPECT_TRUE(admit(limits, *services));
}

}  // namespace
}  // namespace aihub::gateway
