// Step 3: what the rules say about this call.
#pragma once

#include "base/result.hpp"
#include "gateway/call.hpp"
#include "model/principal.hpp"

namespace aihub::gateway {

// What the rules leave to the later steps. Made by decide() only, so that no call can be routed undecided.
class Verdict {
private:
    Verdict() = default;
    friend Result<Verdict> decide(const model::Principal& principal, const Call& call);
};

// forbidden: the key may not use this model.
[[nodiscard]] Result<Verdict> decide(const model::Principal& principal, const Call& call);

}  // namespace aihub::gateway
