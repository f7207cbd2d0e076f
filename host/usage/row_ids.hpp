// Ids of usage rows.
#pragma once

#include "base/clock.hpp"

#include <cstdint>

namespace aihub::usage {

// Makes ids that grow with time and that no other process makes: the microsecond since 1970 when the row was recorded,
// or one more than that of the row before, times kWritersMax, and the number of the writer. So the primary key alone
// finds the rows of a time. Two processes share a number only if they live at once with 2,048 starts between them. One
// thread.
class RowIds {
public:
    static constexpr std::int64_t kWritersMax = 2048;

    // `writer` counts the starts of processes on this database.
    explicit RowIds(std::int64_t writer) : writer_(writer % kWritersMax) {}

    [[nodiscard]] std::int64_t next(WallTime now);

private:
    std::int64_t writer_;
    std::int64_t last_micros_ = 0;
};

}  // namespace aihub::usage
