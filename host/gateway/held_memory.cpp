#include "gateway/held_memory.hpp"

#include <string>

namespace aihub::gateway {

Result<void> HeldMemory::hold(std::atomic<std::size_t>& total, std::size_t bytes, const MemoryLimit& limit) {
    if (bytes <= kFree || bytes <= held_) {
        return {};
    }
    const std::size_t more = bytes - held_;
    if (total.fetch_add(more, std::memory_order_relaxed) + more > limit.bytes_max) {
        total.fetch_sub(more, std::memory_order_relaxed);
        return Error{
            Errc::unavailable,
            "the gateway holds as many bytes of " + std::string(limit.what) + " as it may (" + std::string(limit.key) +
                "); try again",
            "overloaded",
            {}};
    }
    total_ = &total;
    held_ = bytes;
    return {};
}

HeldMemory& HeldMemory::operator=(HeldMemory&& other) noexcept {
    if (this != &other) {
        release();
        total_ = std::exchange(other.total_, nullptr);
        held_ = std::exchange(other.held_, 0);
    }
    return *this;
}

void HeldMemory::release() {
    if (total_ != nullptr) {
        total_->fetch_sub(held_, std::memory_order_relaxed);
        total_ = nullptr;
        held_ = 0;
    }
}

}  // namespace aihub::gateway
