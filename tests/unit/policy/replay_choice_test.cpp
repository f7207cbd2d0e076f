#include "policy/replay_choice.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace aihub::policy {
namespace {

TEST(ReplayChoice, SpansHaveAUnit) {
    EXPECT_EQ(*time_span("30m"), std::chrono::minutes(30));
    EXPECT_EQ(*time_span("24h"), std::chrono::hours(24));
    EXPECT_EQ(*time_span("7d"), std::chrono::days(7));
    for (const char* wrong : {"", "24", "h", "-1h", "0h", "1.5h", "24hours", "24s", "1000000d"}) {
        const auto span = time_span(wrong);
        ASSERT_FALSE(span) << wrong;
        EXPECT_EQ(span.error().code, Errc::invalid_request);
    }
}

TEST(ReplayChoice, SharesAreOfTenThousand) {
    EXPECT_EQ(*sample_share(100), 10'000U);
    EXPECT_EQ(*sample_share(5), 500U);
    EXPECT_EQ(*sample_share(0.29), 29U);
    EXPECT_EQ(*sample_share(0.01), 1U);
    for (const double wrong : {0.0, -1.0, 0.001, 100.01, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
        EXPECT_FALSE(sample_share(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace aihub::policy
