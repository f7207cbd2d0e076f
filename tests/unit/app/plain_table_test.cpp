#include "app/plain_table.hpp"

#include <gtest/gtest.h>

namespace aihub::app {
namespace {

TEST(PlainTable, ColumnsStandBelowEachOther) {
    EXPECT_EQ(
        table_text({{"version", "bundle", "by"}, {"1", "eu@1a2b", ""}, {"12", "", "ann"}}),
        "version  bundle   by\n"
        "1        eu@1a2b\n"
        "12                ann\n"
    );
    EXPECT_EQ(table_text({}), "");
}

TEST(PlainTable, TimesAreShownInUtc) {
    EXPECT_EQ(time_text(WallTime(std::chrono::seconds(1'767'225'600))), "2026-01-01T00:00:00Z");
}

}  // namespace
}  // namespace aihub::app
