// The memory that request bodies may hold, in all.
#pragma once

#include "base/result.hpp"

#include <atomic>
#include <cstddef>
#include <utility>

namespace aihub::gateway {

// The share of one body; what it holds goes back with it. One thread; the total is any thread's.
class BodyMemory {
public:
    // Bodies up to this size are not counted: connections_max bounds them, and counting costs every call.
    static constexpr std::size_t kFree = 16UL * 1024;

    BodyMemory() = default;
    ~BodyMemory() { release(); }
    BodyMemory(BodyMemory&& other) noexcept
        : total_(std::exchange(other.total_, nullptr)), held_(std::exchange(other.held_, 0)) {}
    BodyMemory& operator=(BodyMemory&&) = delete;

    // The body has `bytes` now. unavailable: with them all bodies would hold more than `max`; what was held stays.
    // `total` outlives this, and is the same in each call.
    [[nodiscard]] Result<void> hold(std::atomic<std::size_t>& total, std::size_t bytes, std::size_t max);
    void release();

private:
    std::atomic<std::size_t>* total_ = nullptr;
    std::size_t held_ = 0;
};

}  // namespace aihub::gateway
