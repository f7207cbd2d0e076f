#include "gateway/dispatch.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

using capability::FailureKind;

// Whether another candidate may get the request.
bool next_may_try(const Attempt& attempt) {
    switch (attempt.failure()->kind) {
        case FailureKind::auth:
        case FailureKind::rate_limit:
        case FailureKind::overloaded:
        case FailureKind::quota:
            return true;  // The provider itself said that it has not done the work.
        case FailureKind::network:
        case FailureKind::timeout:
            return !attempt.accepted();
        default:
            return false;
    }
}

Result<std::unique_ptr<Attempt>> start(Worker& worker, const Call& call, const catalog::Candidate& candidate) {
    if (candidate.target->provider->tier() == capability::ProviderTier::stream) {
        return start_stream_attempt(worker, call, candidate);
    }
    return start_codec_attempt(worker, call, candidate);
}

}  // namespace

net::Task<Dispatched> dispatch(
    Worker& worker, Call& call, const std::vector<catalog::Candidate>& candidates, ActiveCall& active
) {
    Dispatched result;
    const auto deadline = call.deadline;
    for (const auto& candidate : candidates) {
        const auto own = candidate.target->settings->total;
        call.deadline = own.count() > 0 ? std::min(deadline, worker.now() + own) : deadline;
        auto& row = call.trail.row;
        row.provider = candidate.target->name;
        row.model_used = candidate.model;
        ++row.attempts;
        const auto& metrics = call.state->shared->outlet(*candidate.target).metrics;
        metrics.attempts->add();
        auto started = start(worker, call, candidate);
        if (!started) {
            result.refusal = refusal_of(started.error());
            continue;
        }
        result.attempt = *std::move(started);
        active.attempt = result.attempt.get();
        if (active.cancelled) {
            result.attempt->cancel(*active.cancelled);
        }
        const auto asked = worker.now();
        call.trail.mark(Step::dispatch, asked);
        co_await result.attempt->advance();
        const auto answered = worker.now();
        call.trail.mark_waited(Step::dispatch, answered);
        metrics.first_output->observe_ns(std::chrono::nanoseconds(answered - asked).count());
        const auto& failure = result.attempt->failure();
        if (!failure || !result.attempt->output().empty()) {
            result.refusal.reset();
            co_return result;
        }
        metrics.failures->add();
        result.attempt->release();
        result.refusal = refusal_of(*failure);
        if (active.cancelled || !next_may_try(*result.attempt)) {
            break;
        }
    }
    active.attempt = nullptr;
    result.attempt.reset();
    co_return result;
}

}  // namespace aihub::gateway
