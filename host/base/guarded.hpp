// Guarded<T>: data that is reached only with its lock held.
#pragma once

#include <mutex>
#include <utility>

namespace aihub {

// Use: guarded.with([](T& value) { ... }). The lock is held while the function runs, so do no I/O, Lua or plugin call
// in it. Any thread.
template <class T>
class Guarded {
public:
    Guarded() = default;
    explicit Guarded(T value) : value_(std::move(value)) {}

    template <class Function>
    decltype(auto) with(Function&& function) {
        const std::scoped_lock lock(mutex_);
        return std::forward<Function>(function)(value_);
    }

    template <class Function>
    decltype(auto) with(Function&& function) const {
        const std::scoped_lock lock(mutex_);
        return std::forward<Function>(function)(value_);
    }

private:
    mutable std::mutex mutex_;
    T value_;
};

}  // namespace aihub
