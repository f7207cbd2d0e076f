#include "gateway/state.hpp"

#include "config/outbound_proxy.hpp"

namespace aihub::gateway {

namespace {

std::array<telemetry::Counter*, kUnfits> passed_over_of(const std::string& provider, telemetry::Metrics& metrics) {
    std::array<telemetry::Counter*, kUnfits> counters{};
    for (std::size_t reason = 0; reason < kUnfits; ++reason) {
        counters[reason] = &metrics.counter(
            "aihub_passed_over_total",
            "Candidates that were not tried because their models are of no use for the request.",
            {{"provider", provider}, {"reason", std::string(unfit_name(static_cast<Unfit>(reason)))}}
        );
    }
    return counters;
}

UpstreamMetrics metrics_of(const std::string& provider, telemetry::Metrics& metrics) {
    const std::vector<telemetry::Label> label{{"provider", provider}};
    return {
        &metrics.counter("aihub_upstream_attempts_total", "Attempts at a provider.", label),
        &metrics.counter("aihub_upstream_failures_total", "Attempts at a provider that failed.", label),
        &metrics.counter("aihub_upstream_connects_total", "New connections to a provider.", label),
        &metrics.gauge("aihub_upstream_connections_open", "Connections to a provider, idle ones too.", label),
        &metrics.gauge("aihub_upstream_connections_idle", "Connections to a provider that are kept idle.", label),
        &metrics.counter("aihub_upstream_reuses_total", "Requests sent to a provider on a kept connection.", label),
        &metrics.histogram(
            "aihub_upstream_first_output_seconds", "From the start of an attempt to the first thing to send.", label
        ),
        &metrics.counter("aihub_upstream_retries_total", "Attempts that repeated one of the same call.", label),
        &metrics.counter(
            "aihub_retry_budget_exhausted_total", "Repeats that were left out because of retries.budget_percent.", label
        ),
        &metrics.counter("aihub_breaker_opens_total", "How often a provider was left alone after failures.", label),
        &metrics.counter(
            "aihub_model_cooldowns_total",
            "How often a model of a provider was left alone because its answers did not begin in time.",
            label
        ),
        &metrics.histogram(
            "aihub_provider_queue_seconds", "Time that calls over in_flight_max waited for their turn.", label
        ),
        passed_over_of(provider, metrics),
    };
}

// They ask the provider's health, as long as there is one.
void show_health(const catalog::Target& target, telemetry::Metrics& metrics, const Clock& clock) {
    const std::vector<telemetry::Label> label{{"provider", target.name}};
    const auto show = [&](std::string_view name, std::string_view help, auto read) {
        metrics.gauge_from(
            name,
            help,
            [weak = std::weak_ptr(target.health), read] {
                const auto health = weak.lock();
                return health ? static_cast<double>(read(*health)) : 0.0;
            },
            label
        );
    };
    show("aihub_provider_in_flight", "Calls at a provider.", [](const catalog::Health& health) {
        return health.gate.inside();
    });
    show("aihub_provider_queue", "Calls that wait for a place at a provider.", [](const catalog::Health& health) {
        return health.gate.waiting();
    });
    show(
        "aihub_breaker_state",
        "Circuit breaker of a provider: 0 closed, 1 half open, 2 open.",
        [&clock](const catalog::Health& health) { return static_cast<int>(health.breaker.state(clock.steady_now())); }
    );
}

// One TLS context for each CA file: making one reads all authorities of the system.
using TlsContexts = std::map<std::string, std::shared_ptr<const net::TlsContext>>;

net::PrivateNetwork private_network_of(const config::Provider& settings) {
    if (settings.private_network == "allow") {
        return net::PrivateNetwork::allow;
    }
    return settings.private_network == "deny" ? net::PrivateNetwork::deny : net::PrivateNetwork::automatic;
}

Result<net::UpstreamPtr> upstream_of(
    const config::Provider& settings,
    const config::Snapshot& config,
    const UpstreamMetrics& metrics,
    TlsContexts& contexts
) {
    auto upstream = std::make_shared<net::Upstream>(AIHUB_TRY(net::Upstream::parse(settings.base_url)));
    if (upstream->tls) {
        auto& context = contexts[settings.ca_file];
        if (!context) {
            context = AIHUB_TRY(net::TlsContext::create(settings.ca_file));
        }
        upstream->tls_context = context;
    }
    upstream->connect_timeout = settings.connect.count() > 0 ? settings.connect : config.timeouts.connect;
    upstream->keep_alive = settings.keep_alive.count() > 0 ? settings.keep_alive : config.timeouts.upstream_keep_alive;
    upstream->idle_max = config.limits.idle_upstream_max;
    upstream->attempt_delay = config.timeouts.connect_attempt_delay;
    upstream->name = settings.name;
    upstream->private_network = private_network_of(settings);
    upstream->connections_max = settings.connections_max;
    upstream->requests_max = settings.connection_requests_max;
    upstream->age_max = settings.connection_age_max;
    upstream->warm = settings.warm;
    upstream->open_gauge = metrics.open;
    upstream->idle_gauge = metrics.idle;
    const auto proxy =
        settings.proxy ? *settings.proxy : config::proxy_for(config.proxies, upstream->tls, upstream->host);
    if (!proxy.empty()) {
        auto parsed = net::HttpProxy::parse(proxy.expose());
        if (!parsed) {
            const auto& source = settings.proxy ? "proxy" : config.proxies.source;
            return Error{parsed.error().code, source + ": " + parsed.error().message};
        }
        upstream->use_proxy(*std::move(parsed));
    }
    return net::UpstreamPtr(std::move(upstream));
}

// A secret becomes part of a header: a line end in it would begin another one.
Result<void> check_secrets(const config::Provider& settings) {
    for (const auto& [name, secret] : settings.secrets) {
        for (const char c : secret.expose()) {
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
                return Error{Errc::invalid_request, "the secret " + name + " holds a control character or a line end"};
            }
        }
    }
    return {};
}

Result<std::vector<net::TlsAcceptorPtr>> acceptors_of(const std::vector<config::Listen>& listens) {
    std::vector<net::TlsAcceptorPtr> acceptors;
    for (const auto& listen : listens) {
        if (!listen.tls) {
            acceptors.emplace_back();
            continue;
        }
        const auto version = listen.tls->min_version == "1.3" ? net::TlsVersion::tls_1_3 : net::TlsVersion::tls_1_2;
        auto acceptor = net::TlsAcceptor::create({listen.tls->certificate_file, listen.tls->key_file, version});
        if (!acceptor) {
            return Error{
                acceptor.error().code,
                "listen " + listen.address + ":" + std::to_string(listen.port) + ": tls: " + acceptor.error().message};
        }
        acceptors.push_back(*std::move(acceptor));
    }
    return acceptors;
}

}  // namespace

net::ResolverOptions resolver_options(const config::Snapshot& config) {
    const auto& dns = config.dns;
    return {dns.servers, dns.timeout, dns.ttl_min, dns.ttl_max, dns.negative_ttl, dns.stale_max};
}

std::string_view unfit_name(Unfit reason) {
    constexpr std::array<std::string_view, kUnfits> kNames{"context_length", "input", "tools"};
    return kNames[static_cast<std::size_t>(reason)];
}

Result<StatePtr> State::create(
    config::SnapshotPtr config, catalog::CatalogPtr catalog, telemetry::Metrics& metrics, const Clock& clock
) {
    auto state = std::make_shared<State>();
    state->acceptors = AIHUB_TRY(acceptors_of(config->listen));
    TlsContexts contexts;
    for (const auto& [name, target] : catalog->targets()) {
        Outlet outlet;
        outlet.metrics = metrics_of(name, metrics);
        show_health(target, metrics, clock);
        const auto& settings = *target.settings;
        auto checked = check_secrets(settings);
        if (checked && target.provider->tier() == capability::ProviderTier::codec) {
            auto upstream = upstream_of(settings, *config, outlet.metrics, contexts);
            if (upstream) {
                outlet.upstream = *std::move(upstream);
            } else {
                checked = upstream.error();
            }
        }
        if (!checked) {
            return Error{
                checked.error().code, settings.source + ": providers." + name + ": " + checked.error().message};
        }
        state->outlets.emplace(name, std::move(outlet));
    }
    state->config = std::move(config);
    state->catalog = std::move(catalog);
    return StatePtr(std::move(state));
}

}  // namespace aihub::gateway
