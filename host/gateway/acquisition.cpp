#include "gateway/acquisition.hpp"

#include <utility>

namespace aihub::gateway {

Acquisition::~Acquisition() {
    give_up();
}

void Acquisition::give_up() {
    if (slot_ != nullptr) {
        slot_->hold.emplace(open_);
        std::exchange(slot_, nullptr)->owner = nullptr;
    }
}

net::Task<void> Acquisition::fetch(
    net::UpstreamPool& pool,
    net::UpstreamPtr upstream,
    SteadyTime deadline,
    net::UpstreamPool::Reuse reuse,
    std::chrono::milliseconds connect,
    std::unique_ptr<Slot> slot
) {
    auto lease = co_await pool.acquire(std::move(upstream), deadline, reuse, connect);
    if (slot->owner != nullptr) {
        slot->owner->take(std::move(lease));  // It may be destroyed by what follows from that.
    }
}

net::Task<Result<net::UpstreamLease>> Acquisition::wait(
    net::UpstreamPtr upstream, SteadyTime deadline, net::UpstreamPool::Reuse reuse, std::chrono::milliseconds connect
) {
    lease_.reset();
    auto slot = std::make_unique<Slot>(Slot{this});
    slot_ = slot.get();
    net::spawn(fetch(pool_, std::move(upstream), deadline, reuse, connect, std::move(slot)));
    co_await Wait{*this};
    co_return *std::exchange(lease_, std::nullopt);
}

void Acquisition::take(Result<net::UpstreamLease> lease) {
    slot_ = nullptr;
    lease_.emplace(std::move(lease));
    if (const auto waiter = std::exchange(waiter_, nullptr)) {
        waiter.resume();
    }
}

void Acquisition::cancel() {
    if (slot_ == nullptr) {
        return;
    }
    give_up();
    lease_.emplace(Error{Errc::unavailable, "cancelled"});
    loop_.post([this] {
        if (const auto waiter = std::exchange(waiter_, nullptr)) {
            waiter.resume();
        }
    });
}

}  // namespace aihub::gateway
