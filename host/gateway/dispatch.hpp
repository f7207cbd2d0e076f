// Step 6: candidates to an answer that has begun well.
#pragma once

#include "gateway/attempt.hpp"
#include "gateway/pause.hpp"
#include "gateway/refusal.hpp"
#include "gateway/worker.hpp"
#include "net/task.hpp"

#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace aihub::gateway {

// A call at a provider, from before its attempt to the end of its answer: its place among those in flight, and its part
// in the provider's circuit breaker. Reports to the breaker come before the end.
class ProviderPass {
public:
    ProviderPass() = default;
    // `gate` holds the place.
    ProviderPass(GatePass gate, catalog::Breaker& breaker, bool probe)
        : gate_(std::move(gate)), breaker_(&breaker), probe_(probe) {}
    ProviderPass(ProviderPass&& other) noexcept
        : gate_(std::move(other.gate_)), breaker_(std::exchange(other.breaker_, nullptr)), probe_(other.probe_) {}
    ProviderPass& operator=(ProviderPass&& other) noexcept {
        std::swap(gate_, other.gate_);
        std::swap(breaker_, other.breaker_);
        std::swap(probe_, other.probe_);
        return *this;
    }
    ~ProviderPass() {
        if (breaker_ != nullptr) {
            breaker_->ended(probe_);
        }
    }
    [[nodiscard]] bool probe() const { return probe_; }

private:
    GatePass gate_;
    catalog::Breaker* breaker_ = nullptr;
    bool probe_ = false;
};

// Either an attempt whose first output is there (or which ended well without any), or the reason why no candidate could
// answer.
struct Dispatched {
    std::unique_ptr<Attempt> attempt;
    std::optional<Refusal> refusal;
    const catalog::Candidate* candidate = nullptr;  // of the attempt
    ProviderPass pass;                              // of the attempt; lives until its answer is relayed
    bool reported = false;                          // the provider's breaker has heard how its answer ended
};

// Tries the candidates in turn until one begins to answer, as their route's retries say. A request that a provider took
// is sent again only when the provider said itself that it did not do the work, or when the operator allows it. Nothing
// has been sent to the client when it returns. Of 429 and 503 the refusal says when it is worth another try: the least
// that any candidate said.
[[nodiscard]] net::Task<Dispatched> dispatch(
    Worker& worker, Call& call, std::span<const catalog::Candidate> candidates, ActiveCall& active
);

}  // namespace aihub::gateway
