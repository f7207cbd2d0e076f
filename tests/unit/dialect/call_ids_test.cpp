#include "dialect/call_ids.hpp"

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

TEST(CallIds, AnswersInTheOrderOfTheCalls) {
    CallIds ids;
    ids.called("\"f\"", "\"1\"");
    ids.called("\"g\"", "\"2\"");
    ids.called("\"f\"", "\"3\"");
    EXPECT_EQ(ids.answered_by_name("\"f\""), "\"1\"");
    EXPECT_EQ(ids.answered_by_name("\"f\""), "\"3\"");
    EXPECT_EQ(ids.answered_by_name("\"f\""), std::nullopt);
    EXPECT_EQ(ids.answered_by_name("\"h\""), std::nullopt);
    EXPECT_EQ(ids.answered_by_name("\"g\""), "\"2\"");
}

TEST(CallIds, TakesTheLatestTurnFirst) {
    CallIds ids;
    ids.called("\"f\"", "\"old\"");
    ids.next_turn();
    ids.called("\"f\"", "\"new\"");
    EXPECT_EQ(ids.answered_by_name("\"f\""), "\"new\"");
    EXPECT_EQ(ids.answered_by_name("\"f\""), "\"old\"");
}

TEST(CallIds, AnIdAnswersOnce) {
    CallIds ids;
    ids.called("\"f\"", "\"1\"");
    ids.called("\"f\"", "\"2\"");
    EXPECT_TRUE(ids.answered_by_id("\"1\""));
    EXPECT_FALSE(ids.answered_by_id("\"9\""));
    EXPECT_EQ(ids.answered_by_name("\"f\""), "\"2\"");
    EXPECT_EQ(ids.answered_by_name("\"f\""), std::nullopt);
}

}  // namespace
}  // namespace aihub::dialect
