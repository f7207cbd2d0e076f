#include "gateway/settle.hpp"

namespace aihub::gateway {

void settle(Lease lease, const Attempt* attempt, Trail& trail) {
    const Lease ended = std::move(lease);
    if (attempt == nullptr) {
        return;
    }
    trail.row.usage = attempt->usage();
}

net::Task<void> end_hedge(Worker& worker, Dispatched& dispatched, ActiveCall& active) {
    if (!dispatched.hedge) {
        co_return;
    }
    auto& hedge = *dispatched.hedge;
    while (!hedge.race.idle()) {
        static_cast<void>(co_await hedge.race.next());
    }
    worker.metrics().record_tokens(hedge.attempt->usage());
    active.second = nullptr;
    dispatched.hedge.reset();
}

}  // namespace aihub::gateway
