#include "gateway/pause.hpp"

#include <algorithm>

namespace aihub::gateway {

bool Pause::await_suspend(std::coroutine_handle<> waiter) {
    if (active_.cancelled && give_up()) {
        end_ = End::cancelled;
        return false;
    }
    waiter_ = waiter;
    timer_ = loop_.start_timer(std::max(until_ - loop_.now(), SteadyTime::duration::zero()), [this] {
        timer_ = 0;
        if (give_up()) {
            resume(End::time);
        }
    });
    if (timer_ == 0 && give_up()) {
        return false;
    }
    active_.pause = this;
    return true;
}

void Pause::cancel() {
    if (!give_up()) {
        return;
    }
    active_.pause = nullptr;
    loop_.cancel_timer(timer_);
    loop_.post([this] { resume(End::cancelled); });
}

void Pause::resume(End end) {
    end_ = end;
    active_.pause = nullptr;
    loop_.cancel_timer(timer_);
    waiter_.resume();
}

void Turn::admitted() {
    loop_.post([this] { resume(End::turn); });
}

net::Task<GatePass> wait_for_turn(
    Worker& worker, ActiveCall& active, Gate& gate, GateLimits limits, SteadyTime latest, telemetry::Histogram& waited
) {
    const auto begin = worker.now();
    Turn turn(worker.loop(), active, std::min(latest, begin + limits.wait_max), gate);
    const auto entry = gate.enter(limits.inside_max, limits.waiting_max, turn);
    if (entry == Gate::Entry::inside) {
        co_return GatePass(gate);
    }
    if (entry == Gate::Entry::full) {
        co_return GatePass();
    }
    const auto end = co_await turn;
    waited.observe_ns(std::chrono::nanoseconds(worker.now() - begin).count());
    if (end != Pause::End::turn) {
        co_return GatePass();
    }
    co_return GatePass(gate);
}

}  // namespace aihub::gateway
