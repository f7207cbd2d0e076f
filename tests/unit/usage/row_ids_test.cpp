#include "usage/row_ids.hpp"

#include "storage/micros.hpp"

#include <gtest/gtest.h>

namespace aihub::usage {
namespace {

constexpr std::int64_t kNow = 1'767'225'600'000'000;

TEST(RowIdsTest, an_id_is_the_time_and_the_writer) {
    RowIds ids(5);
    EXPECT_EQ(ids.next(storage::from_micros(kNow)), kNow * 2048 + 5);
    EXPECT_EQ(ids.next(storage::from_micros(kNow + 7)), (kNow + 7) * 2048 + 5);
}

TEST(RowIdsTest, they_grow_when_the_clock_stands_still_or_goes_back) {
    RowIds ids(0);
    const auto first = ids.next(storage::from_micros(kNow));
    EXPECT_EQ(ids.next(storage::from_micros(kNow)), first + 2048);
    EXPECT_EQ(ids.next(storage::from_micros(kNow - 1'000'000)), first + 2 * 2048);
}

TEST(RowIdsTest, writers_at_the_same_time_differ) {
    RowIds one(2047);
    RowIds next(2048);
    EXPECT_NE(one.next(storage::from_micros(kNow)), next.next(storage::from_micros(kNow)));
    EXPECT_EQ(RowIds(2048).next(storage::from_micros(kNow)), kNow * 2048);
}

}  // namespace
}  // namespace aihub::usage
