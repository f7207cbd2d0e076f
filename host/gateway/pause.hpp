// Waits of a call that end early when the call does: for a time, or for a turn at a gate.
#pragma once

#include "base/clock.hpp"
#include "base/gate.hpp"
#include "gateway/worker.hpp"

#include <coroutine>
#include <cstdint>

namespace aihub::gateway {

// `co_await Pause(loop, active, until)` goes on at `until`, or as soon as `active` is cancelled. Belongs to the loop.
class Pause {
public:
    enum class End { time, cancelled, turn };

    Pause(net::Loop& loop, ActiveCall& active, SteadyTime until) : loop_(loop), active_(active), until_(until) {}
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
    virtual ~Pause() = default;

    [[nodiscard]] bool await_ready() const { return false; }
    // False: it does not wait at all.
    bool await_suspend(std::coroutine_handle<> waiter);
    // time: also when the loop has more timers than it may.
    End await_resume() const { return end_; }

    // By ActiveCall, on the loop. The call goes on a little later, not from within this function.
    void cancel();

protected:
    // Whether the wait can be ended now; false: what is waited for has come, and goes on by itself.
    virtual bool give_up() { return true; }
    // The wait is over.
    void resume(End end);

    net::Loop& loop_;

private:
    ActiveCall& active_;
    const SteadyTime until_;
    std::coroutine_handle<> waiter_;
    std::uint64_t timer_ = 0;
    End end_ = End::time;
};

// A turn at a gate. When it ended with `turn`, the call is inside and calls leave().
class Turn final : public Pause, public Gate::Waiter {
public:
    // For one that is not in line yet.
    Turn(net::Loop& loop, ActiveCall& active, SteadyTime until, Gate& gate) : Pause(loop, active, until), gate_(gate) {}

    void admitted() override;

private:
    bool give_up() override { return gate_.withdraw(*this); }

    Gate& gate_;
};

// What lets a call through a gate for as long as it lives. Empty ones hold nothing.
class GatePass {
public:
    GatePass() = default;
    explicit GatePass(Gate& gate) : gate_(&gate) {}
    GatePass(GatePass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    GatePass& operator=(GatePass&& other) noexcept {
        std::swap(gate_, other.gate_);
        return *this;
    }
    ~GatePass() {
        if (gate_ != nullptr) {
            gate_->leave();
        }
    }
    explicit operator bool() const { return gate_ != nullptr; }

private:
    Gate* gate_ = nullptr;
};

// The limits of a gate and its line.
struct GateLimits {
    std::size_t inside_max = 0;  // 0: no limit
    std::size_t waiting_max = 0;
    std::chrono::milliseconds wait_max{0};
};

// Waits in line, at most until `latest`. An empty pass: the line is full, the wait took too long, or the call was
// cancelled. `waited` counts the time in line, when there was any.
[[nodiscard]] net::Task<GatePass> wait_for_turn(
    Worker& worker, ActiveCall& active, Gate& gate, GateLimits limits, SteadyTime latest, telemetry::Histogram& waited
);

}  // namespace aihub::gateway
