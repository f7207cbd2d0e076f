#include "gateway/state.hpp"

namespace aihub::gateway {

namespace {

UpstreamMetrics metrics_of(const std::string& provider, telemetry::Metrics& metrics) {
    const std::vector<telemetry::Label> label{{"provider", provider}};
    return {
        &metrics.counter("aihub_upstream_attempts_total", "Attempts at a provider.", label),
        &metrics.counter("aihub_upstream_failures_total", "Attempts at a provider that failed.", label),
        &metrics.counter("aihub_upstream_connects_total", "New connections to a provider.", label),
        &metrics.counter("aihub_upstream_reuses_total", "Requests sent to a provider on a kept connection.", label),
        &metrics.histogram(
            "aihub_upstream_first_output_seconds", "From the start of an attempt to the first thing to send.", label
        ),
    };
}

Result<net::UpstreamPtr> upstream_of(const config::Provider& settings, const config::Snapshot& config) {
    auto parsed = net::Upstream::parse(settings.base_url, settings.ca_file);
    if (!parsed) {
        return Error{
            parsed.error().code, "provider " + settings.name + " (" + settings.source + "): " + parsed.error().message
        };
    }
    auto upstream = std::make_shared<net::Upstream>(*std::move(parsed));
    upstream->connect_timeout = settings.connect.count() > 0 ? settings.connect : config.timeouts.connect;
    upstream->keep_alive = config.timeouts.upstream_keep_alive;
    upstream->idle_max = config.limits.idle_upstream_max;
    return net::UpstreamPtr(std::move(upstream));
}

}  // namespace

Result<StatePtr> State::create(config::SnapshotPtr config, catalog::CatalogPtr catalog, telemetry::Metrics& metrics) {
    auto state = std::make_shared<State>();
    for (const auto& [name, target] : catalog->targets()) {
        Outlet outlet;
        outlet.metrics = metrics_of(name, metrics);
        if (target.provider->tier() == capability::ProviderTier::codec) {
            outlet.upstream = AIHUB_TRY(upstream_of(*target.settings, *config));
        }
        state->outlets.emplace(name, std::move(outlet));
    }
    state->config = std::move(config);
    state->catalog = std::move(catalog);
    return StatePtr(std::move(state));
}

}  // namespace aihub::gateway
