// What all plugins of a process share.
#pragma once

#include "base/clock.hpp"
#include "capability/http_client.hpp"
#include "capability/loop.hpp"
#include "loader/control_worker.hpp"
#include "loader/negotiate.hpp"
#include "loader/work_pool.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <chrono>
#include <memory>

namespace aihub::loader {

// What app lends to the loader; all of it outlives the loader and every provider.
struct Services {
    telemetry::Log& log;
    telemetry::Metrics& metrics;
    const Clock& clock;
    capability::CurrentLoop& loops;
    capability::HttpClient* http = nullptr;  // nullptr: plugins are told that there is no aihub.http/1
};

struct LoaderOptions {
    HostFacts host;
    std::chrono::nanoseconds call_budget = std::chrono::milliseconds(1);
    std::chrono::nanoseconds cancel_grace = std::chrono::seconds(1);  // from cancel() to complete(), stream tier
    WorkPool::Options work;
};

// Shared by the loader, its plugins and their instances, so that one released late finds what it needs.
struct Core {
    Core(LoaderOptions chosen, Services lent)
        : options(std::move(chosen)), services(lent), work(options.work, lent.metrics) {}

    const LoaderOptions options;
    const Services services;
    ControlWorker control;
    WorkPool work;
};

}  // namespace aihub::loader
