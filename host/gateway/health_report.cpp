#include "gateway/health_report.hpp"

#include "gateway/repeat.hpp"
#include "gateway/upload.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

// What a failure adds to the latency that balancing sees: a provider that fails at once is not a fast one.
constexpr std::chrono::seconds kFailurePenalty{1};

}  // namespace

void HealthReport::failed(const capability::Failure& failure, bool late, bool probe, std::chrono::nanoseconds took)
    const {
    auto& health = *candidate.target->health;
    if (late) {
        report_late();
    } else if (!is_outage(failure)) {
        // It answers, whatever it says.
        health.breaker.succeeded(settings, now, probe);
        health.slow_models.in_time(candidate.model);
    } else if (health.breaker.failed(settings, now, probe)) {
        metrics.breaker_opens->add();
        log.warn(
            "a provider is left alone for a while after failures",
            {{"provider", candidate.target->name}, {"last", catalog::failure_name(failure.kind)}}
        );
    }
    if (candidate.policy->balance == catalog::Balance::peak_ewma) {
        health.latency.observe(took + kFailurePenalty, now);
    }
    if (failure.retry_after.count() > 0) {
        cool_down(failure);
    }
}

// A model that thinks for long is no outage of its provider: the breaker, which is everybody's, hears nothing.
void HealthReport::report_late() const {
    auto& health = *candidate.target->health;
    if (!health.slow_models.late(candidate.model, settings.first_byte_timeouts_max, now)) {
        return;
    }
    health.cooldown.begin(candidate.model, now + settings.open, now);
    metrics.model_cooldowns->add();
    log.warn(
        "a model is left alone for a while, its answers do not begin within timeouts.first_byte",
        {{"provider", candidate.target->name}, {"model", candidate.model}}
    );
}

// Too many requests are those of a model; a provider that is overloaded is so for all.
void HealthReport::cool_down(const capability::Failure& failure) const {
    const auto until = now + std::min(failure.retry_after, std::chrono::nanoseconds(settings.cooldown_max));
    if (until <= now) {
        return;
    }
    auto& health = *candidate.target->health;
    if (failure.kind == capability::FailureKind::rate_limit) {
        health.cooldown.begin(candidate.model, until, now);
    } else {
        health.breaker.cool_down(until);
    }
}

void report_end(Worker& worker, const Call& call, const Dispatched& dispatched, const ActiveCall& active) {
    if (!dispatched.attempt || dispatched.reported || active.cancelled ||
        (call.upload != nullptr && call.upload->error())) {
        return;
    }
    const auto& failure = dispatched.attempt->failure();
    if (!failure || !is_outage(*failure)) {
        return;
    }
    const auto& target = *dispatched.candidate->target;
    const auto& metrics = call.state->shared->outlet(target).metrics;
    metrics.failures->add();
    if (target.health->breaker.failed(call.state->shared->config->breaker, worker.now(), false)) {
        metrics.breaker_opens->add();
    }
}

}  // namespace aihub::gateway
