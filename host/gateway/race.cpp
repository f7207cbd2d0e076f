#include "gateway/race.hpp"

#include <algorithm>
#include <utility>

namespace aihub::gateway {

void Race::start(Attempt& attempt) {
    ++working_;
    net::spawn(drive(attempt));
}

net::Task<void> Race::drive(Attempt& attempt) {
    co_await attempt.advance();
    --working_;
    ready_.push_back(&attempt);
    wake();  // The waiter may end this object: nothing of it is touched behind here.
}

void Race::wake() {
    loop_.cancel_timer(std::exchange(timer_, 0));
    if (const auto waiter = std::exchange(waiter_, nullptr)) {
        waiter.resume();
    }
}

void Race::Next::await_suspend(std::coroutine_handle<> waiter) {
    race_.waiter_ = waiter;
    if (until_ == SteadyTime::max()) {
        return;
    }
    const auto left = std::max(until_ - race_.loop_.now(), SteadyTime::duration::zero());
    race_.timer_ = race_.loop_.start_timer(left, [race = &race_] {
        race->timer_ = 0;
        race->wake();
    });
}

Attempt* Race::Next::await_resume() {
    if (race_.ready_.empty()) {
        return nullptr;
    }
    auto* const first = race_.ready_.front();
    race_.ready_.erase(race_.ready_.begin());
    return first;
}

}  // namespace aihub::gateway
