#include "gateway/gateway_metrics.hpp"

namespace aihub::gateway {

GatewayMetrics::GatewayMetrics(telemetry::Metrics& metrics)
    : open_connections(metrics.gauge("aihub_connections_open", "Client connections that are open.")),
      open_streams(metrics.gauge("aihub_streams_open", "Streams that are being relayed.")),
      refused_connections(metrics.counter(
          "aihub_connections_refused_total",
          "Client connections closed because there were as many as there may be, in all or from one address."
      )),
      accept_pauses(metrics.counter(
          "aihub_accept_pauses_total", "Pauses of accepting because the process was out of descriptors or memory."
      )),
      shed_calls(metrics.counter(
          "aihub_calls_shed_total", "Model calls refused because the process was near its memory limit."
      )),
      failed_handshakes(metrics.counter(
          "aihub_tls_handshake_failures_total", "TLS handshakes of clients that failed or took too long."
      )),
      rate_limited_keys(metrics.counter("aihub_rate_limited_total", "Requests refused by rate_limits.", {{"by", "key"}})
      ),
      rate_limited_addresses(
          metrics.counter("aihub_rate_limited_total", "Requests refused by rate_limits.", {{"by", "address"}})
      ),
      key_queue_wait(metrics.histogram(
          "aihub_key_queue_seconds", "Time that calls over limits.calls_per_key_max waited for their turn."
      )),
      realtime{
          metrics.gauge("aihub_realtime_open", "Web sockets that are being relayed."),
          metrics.counter(
              "aihub_realtime_messages_total", "Messages of web sockets that have ended.", {{"direction", "in"}}
          ),
          metrics.counter(
              "aihub_realtime_messages_total", "Messages of web sockets that have ended.", {{"direction", "out"}}
          ),
          metrics.counter(
              "aihub_realtime_unseen_total",
              "Text messages of providers over limits.stream_frame_bytes_max: relayed, but not read for usage."
          )},
      policy_stops(metrics.counter(
          "aihub_policy_stops_total", "Hooks of policies that were stopped at a limit; each costs a state."
      )),
      overhead_(metrics.histogram(
          "aihub_overhead_seconds", "Time of a call that was not spent waiting for the client or the provider."
      )),
      tokens_input_(metrics.counter("aihub_tokens_total", "Tokens as providers reported them.", {{"kind", "input"}})),
      tokens_output_(metrics.counter("aihub_tokens_total", "Tokens as providers reported them.", {{"kind", "output"}})),
      tokens_cached_(
          metrics.counter("aihub_tokens_total", "Tokens as providers reported them.", {{"kind", "cache_read"}})
      ),
      bytes_in_(
          metrics.counter("aihub_bytes_total", "Bodies of model calls and of their answers.", {{"direction", "in"}})
      ),
      bytes_out_(
          metrics.counter("aihub_bytes_total", "Bodies of model calls and of their answers.", {{"direction", "out"}})
      ) {
    for (std::size_t operation = 0; operation < kOperations; ++operation) {
        const std::string name(operation_name(static_cast<Operation>(operation)));
        for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) {
            requests_[operation][outcome] = &metrics.counter(
                "aihub_requests_total",
                "Requests by operation and outcome.",
                {{"operation", name}, {"outcome", std::string(outcome_name(static_cast<model::Outcome>(outcome)))}}
            );
        }
        durations_[operation] = &metrics.histogram(
            "aihub_request_seconds",
            "Time from the first byte of a request to the end of its answer.",
            {{"operation", name}}
        );
        if (!operation_format(static_cast<Operation>(operation)).empty()) {
            first_bytes_[operation] = &metrics.histogram(
                "aihub_first_byte_seconds",
                "Time from the first byte of a model call to the first byte of its answer.",
                {{"operation", name}}
            );
        }
    }
    register_detours(metrics);
    register_hooks(metrics);
    for (std::size_t step = 0; step < kSteps; ++step) {
        steps_[step] = &metrics.histogram(
            "aihub_step_seconds",
            "Time of each step of a call.",
            {{"step", std::string(step_name(static_cast<Step>(step)))}}
        );
    }
}

void GatewayMetrics::register_detours(telemetry::Metrics& metrics) {
    for (std::size_t reason = 0; reason < kFallbackReasons; ++reason) {
        fallbacks[reason] = &metrics.counter(
            "aihub_fallbacks_total",
            "Attempts at another candidate, by the reason why the one before was left.",
            {{"reason", std::string(fallback_name(static_cast<FallbackReason>(reason)))}}
        );
    }
    constexpr std::array<std::string_view, 3> kShadows{"completed", "failed", "dropped"};
    for (std::size_t result = 0; result < kShadows.size(); ++result) {
        shadows[result] = &metrics.counter(
            "aihub_shadow_calls_total",
            "Copies of calls for the shadows of their routes, by what became of them.",
            {{"result", std::string(kShadows[result])}}
        );
    }
    constexpr std::array<std::string_view, 3> kHedges{"won", "lost", "failed"};
    for (std::size_t result = 0; result < kHedges.size(); ++result) {
        hedges[result] = &metrics.counter(
            "aihub_hedges_total",
            "Second attempts beside a slow one, by what became of them.",
            {{"result", std::string(kHedges[result])}}
        );
    }
    constexpr std::array<std::string_view, 2> kContinued{"continued", "failed"};
    for (std::size_t result = 0; result < kContinued.size(); ++result) {
        continued[result] = &metrics.counter(
            "aihub_continued_streams_total",
            "Streams that broke off and were to go on at another provider, by what became of them.",
            {{"result", std::string(kContinued[result])}}
        );
    }
}

void GatewayMetrics::register_hooks(telemetry::Metrics& metrics) {
    for (const auto hook : policy::kHooks) {
        const std::string name(policy::hook_name(hook));
        const auto calls = [&](const char* result) {
            return &metrics.counter(
                "aihub_policy_calls_total",
                "Questions to hooks of policies, by what became of them.",
                {{"hook", name}, {"result", result}}
            );
        };
        hooks[static_cast<std::size_t>(hook)] = {
            calls("decided"),
            calls("failed"),
            calls("stopped"),
            &metrics.histogram("aihub_policy_seconds", "Time of one question to a hook.", {{"hook", name}})};
    }
}

void GatewayMetrics::record_tokens(const model::Usage& usage) {
    tokens_input_.add(usage.input.value_or(0));
    tokens_output_.add(usage.output.value_or(0));
    tokens_cached_.add(usage.cache_read.value_or(0));
}

void GatewayMetrics::record(Operation operation, const Trail& trail) {
    const auto& row = trail.row;
    const auto index = static_cast<std::size_t>(operation);
    requests_[index][static_cast<std::size_t>(row.outcome)]->add();
    durations_[index]->observe_ns(std::chrono::nanoseconds(row.duration).count());
    if (operation_format(operation).empty()) {
        return;
    }
    for (std::size_t step = 0; step < kSteps; ++step) {
        steps_[step]->observe_ns(trail.spent(static_cast<Step>(step)).count());
    }
    if (row.first_byte.count() > 0) {
        first_bytes_[index]->observe_ns(std::chrono::nanoseconds(row.first_byte).count());
    }
    overhead_.observe_ns(std::chrono::nanoseconds(row.overhead).count());
    record_tokens(row.usage);
    bytes_in_.add(row.bytes_in);
    bytes_out_.add(row.bytes_out);
}

}  // namespace aihub::gateway
