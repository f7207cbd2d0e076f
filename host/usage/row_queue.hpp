// Usage rows on their way from the loops to the writer.
#pragma once

#include "usage/store.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <vector>

namespace aihub::usage {

// A bounded queue from any number of threads to one, made so that a row costs no allocation: rows are copied into
// places that keep the room of the rows before them, and the two lists of places change hands.
class RowQueue {
public:
    explicit RowQueue(std::size_t rows_max) : rows_max_(rows_max) {}

    // Any thread, never waits for the reader. False: full or closed; the row was not taken.
    [[nodiscard]] bool push(const model::UsageRow& row);
    // The reader. Waits until there is a row, the queue is closed or `timeout` has passed. False: closed and empty.
    [[nodiscard]] bool wait(std::chrono::milliseconds timeout);
    // The reader. All rows there are, their ids not set; valid until the next take(). Room for more than `keep_max`
    // rows, left by a rare burst, is given back.
    [[nodiscard]] std::span<StoredRow> take(std::size_t keep_max);
    // Any thread. No more rows; what is queued can still be taken.
    void close();

private:
    const std::size_t rows_max_;
    std::mutex mutex_;
    std::condition_variable filled_;
    std::vector<StoredRow> places_;  // the first `used_` hold rows
    std::size_t used_ = 0;
    bool closed_ = false;
    std::vector<StoredRow> taken_;  // the reader's
};

}  // namespace aihub::usage
