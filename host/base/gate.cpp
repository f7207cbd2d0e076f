#include "base/gate.hpp"

#include <limits>

namespace aihub {

namespace {

std::size_t effective(std::size_t inside_max) {
    return inside_max == 0 ? std::numeric_limits<std::uint32_t>::max() : inside_max;
}

}  // namespace

bool Gate::try_enter(std::size_t inside_max) {
    const auto room = effective(inside_max);
    auto state = state_.load(std::memory_order_relaxed);
    while (waiting_of(state) == 0 && inside_of(state) < room) {
        if (state_.compare_exchange_weak(state, state + kOneInside, std::memory_order_acquire)) {
            return true;
        }
    }
    return false;
}

Gate::Entry Gate::enter(std::size_t inside_max, std::size_t waiting_max, Waiter& waiter) {
    if (try_enter(inside_max)) {
        return Entry::inside;
    }
    Waiter* admitted = nullptr;
    const auto entry = [&] {
        const std::scoped_lock lock(mutex_);
        inside_max_ = inside_max;
        admitted = admit();  // The limit may have grown since they got in line.
        return stand(waiting_max, waiter);
    }();
    tell(admitted);
    return entry;
}

Gate::Entry Gate::stand(std::size_t waiting_max, Waiter& waiter) {
    const auto room = effective(inside_max_);
    auto state = state_.load(std::memory_order_relaxed);
    for (;;) {
        const bool enters = waiting_of(state) == 0 && inside_of(state) < room;
        if (!enters && waiting_of(state) >= waiting_max) {
            return Entry::full;
        }
        const auto wanted = state + (enters ? kOneInside : kOneWaiting);
        if (!state_.compare_exchange_weak(state, wanted, std::memory_order_acquire)) {
            continue;
        }
        if (enters) {
            return Entry::inside;
        }
        waiter.next_ = nullptr;
        waiter.in_line_ = true;
        (last_ == nullptr ? first_ : last_->next_) = &waiter;
        last_ = &waiter;
        return Entry::in_line;
    }
}

bool Gate::withdraw(Waiter& waiter) {
    const std::scoped_lock lock(mutex_);
    if (!waiter.in_line_) {
        return false;
    }
    Waiter* before = nullptr;
    for (auto* at = first_; at != &waiter; at = at->next_) {
        before = at;
    }
    (before == nullptr ? first_ : before->next_) = waiter.next_;
    last_ = last_ == &waiter ? before : last_;
    waiter.in_line_ = false;
    state_.fetch_sub(kOneWaiting, std::memory_order_relaxed);
    return true;
}

// As long as somebody waits all counting is done with the lock held.
Gate::Waiter* Gate::admit() {
    const auto room = effective(inside_max_);
    Waiter* admitted = nullptr;
    Waiter** end = &admitted;
    while (first_ != nullptr && inside() < room) {
        auto* waiter = first_;
        first_ = waiter->next_;
        last_ = first_ == nullptr ? nullptr : last_;
        waiter->in_line_ = false;
        waiter->next_ = nullptr;
        *end = waiter;
        end = &waiter->next_;
        state_.fetch_add(kOneInside - kOneWaiting, std::memory_order_acq_rel);
    }
    return admitted;
}

void Gate::tell(Waiter* admitted) {
    while (admitted != nullptr) {
        auto* next = admitted->next_;  // It may be gone as soon as it knows.
        admitted->admitted();
        admitted = next;
    }
}

void Gate::leave() {
    auto state = state_.load(std::memory_order_relaxed);
    while (waiting_of(state) == 0) {
        if (state_.compare_exchange_weak(state, state - kOneInside, std::memory_order_release)) {
            return;
        }
    }
    Waiter* admitted = nullptr;
    {
        const std::scoped_lock lock(mutex_);
        state_.fetch_sub(kOneInside, std::memory_order_release);
        admitted = admit();
    }
    tell(admitted);
}

}  // namespace aihub
