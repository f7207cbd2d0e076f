// The metrics of the data path, looked up once.
#pragma once

#include "gateway/call.hpp"
#include "gateway/repeat.hpp"
#include "gateway/trail.hpp"
#include "policy/hook.hpp"
#include "telemetry/metrics.hpp"

#include <array>
#include <cstdint>

namespace aihub::gateway {

constexpr std::size_t kOperations = static_cast<std::size_t>(Operation::unknown) + 1;

// Of relayed web sockets.
struct RealtimeMetrics {
    telemetry::Gauge& open;
    telemetry::Counter& messages_in;
    telemetry::Counter& messages_out;
    telemetry::Counter& unseen;
};

// Shared by all workers; any thread.
class GatewayMetrics {
public:
    explicit GatewayMetrics(telemetry::Metrics& metrics);

    // The call's counters, durations and tokens. `counted`: the operation is known (the path was).
    void record(Operation operation, const Trail& trail);
    // Tokens of a part of a call, which are not in its trail.
    void record_tokens(const model::Usage& usage);

    telemetry::Gauge& open_connections;
    telemetry::Gauge& open_streams;
    telemetry::Counter& refused_connections;
    telemetry::Counter& accept_pauses;
    telemetry::Counter& shed_calls;
    telemetry::Counter& failed_handshakes;
    telemetry::Counter& rate_limited_keys;
    telemetry::Counter& rate_limited_addresses;
    telemetry::Histogram& key_queue_wait;
    std::array<telemetry::Counter*, kFallbackReasons> fallbacks{};  // by FallbackReason
    enum class Shadow { completed, failed, dropped };
    std::array<telemetry::Counter*, 3> shadows{};  // by Shadow
    enum class Hedge { won, lost, failed };
    std::array<telemetry::Counter*, 3> hedges{};  // by Hedge
    enum class Continued { continued, failed };
    std::array<telemetry::Counter*, 2> continued{};  // by Continued
    RealtimeMetrics realtime;
    // Of one hook of policies.
    struct Hook {
        telemetry::Counter* decided = nullptr;
        telemetry::Counter* failed = nullptr;  // but for those that were stopped
        telemetry::Counter* stopped = nullptr;
        telemetry::Histogram* seconds = nullptr;
    };
    std::array<Hook, policy::kHooks.size()> hooks{};  // by policy::Hook
    telemetry::Counter& policy_stops;

private:
    // Of what comes beside or after an attempt, and of the questions to policies.
    void register_detours(telemetry::Metrics& metrics);
    void register_hooks(telemetry::Metrics& metrics);

    static constexpr std::size_t kOutcomes = 7;
    std::array<std::array<telemetry::Counter*, kOutcomes>, kOperations> requests_{};
    std::array<telemetry::Histogram*, kSteps> steps_{};
    std::array<telemetry::Histogram*, kOperations> durations_{};
    std::array<telemetry::Histogram*, kOperations> first_bytes_{};  // null: no model call
    telemetry::Histogram& overhead_;
    telemetry::Counter& tokens_input_;
    telemetry::Counter& tokens_output_;
    telemetry::Counter& tokens_cached_;
    telemetry::Counter& bytes_in_;
    telemetry::Counter& bytes_out_;
};

}  // namespace aihub::gateway
