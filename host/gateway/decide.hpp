// Step 3: what the rules say about this call.
#pragma once

#include "base/result.hpp"
#include "gateway/call.hpp"
#include "gateway/identify.hpp"
#include "model/principal.hpp"

#include <string>

namespace aihub::gateway {

class Worker;

// What the rules leave to the later steps. Made by decide() only, so that no call can be routed undecided.
class Verdict {
public:
    // That the policy `admit` put the call into; empty: none.
    [[nodiscard]] const std::string& limit_class() const { return limit_class_; }

private:
    Verdict() = default;
    friend Result<Verdict> decide(const model::Principal& principal, const Call& call);
    friend Result<Verdict> decide(Worker& worker, const PrincipalPtr& principal, Call& call);
    std::string limit_class_;
};

// forbidden: the key may not use this model.
[[nodiscard]] Result<Verdict> decide(const model::Principal& principal, const Call& call);
// The same, and then what policies and experiments say, which the call keeps from here on. forbidden: the policy
// `admit` says no. unavailable: it failed.
[[nodiscard]] Result<Verdict> decide(Worker& worker, const PrincipalPtr& principal, Call& call);

}  // namespace aihub::gateway
