#include "gateway/settle.hpp"

#include "gateway/policy_steps.hpp"

#include <utility>

namespace aihub::gateway {

void settle(Worker& worker, Call& call, Lease lease, Attempt* attempt) {
    const Lease ended = std::move(lease);
    if (attempt == nullptr) {
        return;
    }
    auto& row = call.trail.row;
    row.usage = attempt->usage();
    if (call.policies && attempt->socket() == nullptr) {
        row.operation = operation_name(call.operation);
        rate_by_policy(worker, call, row);
    }
}

}  // namespace aihub::gateway
