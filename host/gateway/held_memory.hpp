// The memory that bodies may hold, in all.
#pragma once

#include "base/result.hpp"

#include <atomic>
#include <cstddef>
#include <string_view>
#include <utility>

namespace aihub::gateway {

// What the holders of one kind may hold together.
struct MemoryLimit {
    std::size_t bytes_max = 0;
    std::string_view key;   // "limits.body_memory_max"
    std::string_view what;  // "request bodies"
};

// The share of one body; what it holds goes back with it. One thread; the total is any thread's.
class HeldMemory {
public:
    // Bodies up to this size are not counted: connections_max bounds them, and counting costs every call.
    static constexpr std::size_t kFree = 16UL * 1024;

    HeldMemory() = default;
    ~HeldMemory() { release(); }
    HeldMemory(HeldMemory&& other) noexcept
        : total_(std::exchange(other.total_, nullptr)), held_(std::exchange(other.held_, 0)) {}
    HeldMemory& operator=(HeldMemory&& other) noexcept;

    // The body has `bytes` now. unavailable: with them all bodies would hold more than the limit; what was held stays.
    // `total` outlives this, and is the same in each call.
    [[nodiscard]] Result<void> hold(std::atomic<std::size_t>& total, std::size_t bytes, const MemoryLimit& limit);
    void release();

private:
    std::atomic<std::size_t>* total_ = nullptr;
    std::size_t held_ = 0;
};

}  // namespace aihub::gateway
