// What the health of a provider hears of an attempt that failed.
#pragma once

#include "catalog/catalog.hpp"
#include "gateway/dispatch.hpp"
#include "gateway/state.hpp"
#include "telemetry/log.hpp"

#include <chrono>

namespace aihub::gateway {

// Breaker, cool-downs and latency of one candidate, as of `now`. Made where it is used.
struct HealthReport {
    const config::Breaker& settings;
    const UpstreamMetrics& metrics;
    telemetry::Log& log;
    const catalog::Candidate& candidate;
    SteadyTime now;

    // Before anything was sent to the client. `late`: the answer did not begin in time, though the provider had the
    // whole request; `took`: from the start of the attempt.
    void failed(const capability::Failure& failure, bool late, bool probe, std::chrono::nanoseconds took) const;

private:
    void report_late() const;
    void cool_down(const capability::Failure& failure) const;
};

// After relay: an answer that broke off counts against its provider.
void report_end(Worker& worker, const Call& call, const Dispatched& dispatched, const ActiveCall& active);

}  // namespace aihub::gateway
