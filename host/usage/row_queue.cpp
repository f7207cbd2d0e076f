#include "usage/row_queue.hpp"

#include <utility>

namespace aihub::usage {

bool RowQueue::push(const model::UsageRow& row) {
    bool was_empty = false;
    {
        const std::scoped_lock lock(mutex_);
        if (closed_ || used_ >= rows_max_) {
            return false;
        }
        if (used_ == places_.size()) {
            places_.emplace_back();
        }
        places_[used_].row = row;
        was_empty = used_++ == 0;
    }
    if (was_empty) {
        filled_.notify_one();
    }
    return true;
}

bool RowQueue::wait(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, timeout, [this] { return closed_ || used_ > 0; });
    return !(closed_ && used_ == 0);
}

std::span<StoredRow> RowQueue::take(std::size_t keep_max) {
    if (taken_.size() > keep_max) {
        taken_ = {};
    }
    const std::scoped_lock lock(mutex_);
    taken_.swap(places_);
    return {taken_.data(), std::exchange(used_, 0)};
}

void RowQueue::close() {
    {
        const std::scoped_lock lock(mutex_);
        closed_ = true;
    }
    filled_.notify_all();
}

}  // namespace aihub::usage
