#include "gateway/body_memory.hpp"

namespace aihub::gateway {

Result<void> BodyMemory::hold(std::atomic<std::size_t>& total, std::size_t bytes, std::size_t max) {
    if (bytes <= kFree || bytes <= held_) {
        return {};
    }
    const std::size_t more = bytes - held_;
    if (total.fetch_add(more, std::memory_order_relaxed) + more > max) {
        total.fetch_sub(more, std::memory_order_relaxed);
        return Error{
            Errc::unavailable,
            "the gateway holds as many bytes of request bodies as it may (limits.body_memory_max); try again",
            "overloaded",
            {}};
    }
    total_ = &total;
    held_ = bytes;
    return {};
}

void BodyMemory::release() {
    if (total_ != nullptr) {
        total_->fetch_sub(held_, std::memory_order_relaxed);
        total_ = nullptr;
        held_ = 0;
    }
}

}  // namespace aihub::gateway
