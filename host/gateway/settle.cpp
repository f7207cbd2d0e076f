#include "gateway/settle.hpp"

namespace aihub::gateway {

void settle(Lease lease, const Attempt* attempt, Trail& trail) {
    const Lease ended = std::move(lease);
    if (attempt == nullptr) {
        return;
    }
    trail.row.usage = attempt->usage();
}

}  // namespace aihub::gateway
