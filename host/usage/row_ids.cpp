#include "usage/row_ids.hpp"

#include "storage/micros.hpp"

#include <algorithm>

namespace aihub::usage {

std::int64_t RowIds::next(WallTime now) {
    last_micros_ = std::max<std::int64_t>(last_micros_ + 1, storage::to_micros(now));
    return last_micros_ * kWritersMax + writer_;
}

}  // namespace aihub::usage
