// What a request pins: one configuration and everything made from it.
#pragma once

#include "catalog/catalog.hpp"
#include "config/snapshot.hpp"
#include "net/resolver.hpp"
#include "net/tls_acceptor.hpp"
#include "net/upstream.hpp"
#include "telemetry/metrics.hpp"

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::gateway {

// Why a candidate is of no use for a request.
enum class Unfit { context_length, input, tools };
constexpr std::size_t kUnfits = 3;
// "context_length", as in metrics and in the log.
[[nodiscard]] std::string_view unfit_name(Unfit reason);

// How attempts at one provider went. Any thread; lives as long as the metrics.
struct UpstreamMetrics {
    telemetry::Counter* attempts = nullptr;
    telemetry::Counter* failures = nullptr;
    telemetry::Counter* connects = nullptr;  // new connections
    telemetry::Gauge* open = nullptr;        // connections; up to a second late
    telemetry::Gauge* idle = nullptr;        // of these, kept idle
    telemetry::Counter* reuses = nullptr;    // requests sent on a kept connection
    telemetry::Histogram* first_output = nullptr;
    telemetry::Counter* retries = nullptr;           // attempts that repeated an earlier one of the same call
    telemetry::Counter* budget_exhausted = nullptr;  // repeats that the budget did not allow
    telemetry::Counter* breaker_opens = nullptr;
    telemetry::Counter* model_cooldowns = nullptr;           // of models whose answers did not begin in time
    telemetry::Histogram* queue_wait = nullptr;              // in line for a place among in_flight_max
    std::array<telemetry::Counter*, kUnfits> passed_over{};  // by Unfit
};

// A provider's way out.
struct Outlet {
    net::UpstreamPtr upstream;  // null for stream-tier plugins, which need none
    UpstreamMetrics metrics;
};

// Immutable. Made on a control thread at start and at each reload, shared by all loops.
struct State {
    config::SnapshotPtr config;
    catalog::CatalogPtr catalog;
    std::map<std::string, Outlet, std::less<>> outlets;  // by provider name, one for each target of the catalog

    std::vector<net::TlsAcceptorPtr> acceptors;  // by place in config->listen; null: plain HTTP

    // Fails when a base URL, CA file, certificate or key is unusable; the message names the provider or listener.
    // `clock` lives as long as the metrics.
    static Result<std::shared_ptr<const State>> create(
        config::SnapshotPtr config, catalog::CatalogPtr catalog, telemetry::Metrics& metrics, const Clock& clock
    );

    [[nodiscard]] const Outlet& outlet(const catalog::Target& target) const {
        return outlets.find(target.name)->second;
    }
};

[[nodiscard]] net::ResolverOptions resolver_options(const config::Snapshot& config);

using StatePtr = std::shared_ptr<const State>;

// The state as one loop holds it: requests of two loops then do not fight over one reference count.
struct LoopState {
    StatePtr shared;
};

using LoopStatePtr = std::shared_ptr<const LoopState>;

}  // namespace aihub::gateway
