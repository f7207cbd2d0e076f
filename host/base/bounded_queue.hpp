// A queue with a limit, from any number of threads to one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace aihub {

// Producers never wait: push() says false when the queue is full or closed, and the caller states what happens then
// (count, drop, refuse). The consumer takes everything there is at once.
template <class T>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

    // Any thread. False: full or closed, and `item` was dropped. The consumer is woken only when the queue was empty,
    // so that a burst costs one wake-up.
    [[nodiscard]] bool push(T item) {
        bool was_empty = false;
        {
            const std::scoped_lock lock(mutex_);
            if (closed_ || items_.size() >= capacity_) {
                return false;
            }
            was_empty = items_.empty();
            items_.push_back(std::move(item));
        }
        if (was_empty) {
            filled_.notify_one();
        }
        return true;
    }

    // The consumer. Waits until there is something, the queue is closed or `timeout` has passed, then moves all items
    // into `out` (cleared first). False: closed and empty, so the consumer ends.
    [[nodiscard]] bool take_all(std::vector<T>& out, std::chrono::milliseconds timeout) {
        out.clear();
        std::unique_lock lock(mutex_);
        filled_.wait_for(lock, timeout, [this] { return closed_ || !items_.empty(); });
        out.swap(items_);
        return !(closed_ && out.empty());
    }

    // Any thread. No more pushes; what is queued can still be taken.
    void close() {
        {
            const std::scoped_lock lock(mutex_);
            closed_ = true;
        }
        filled_.notify_all();
    }

    [[nodiscard]] std::size_t size() const {
        const std::scoped_lock lock(mutex_);
        return items_.size();
    }

private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable filled_;
    std::vector<T> items_;
    bool closed_ = false;
};

}  // namespace aihub
