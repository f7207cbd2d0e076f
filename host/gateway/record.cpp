#include "gateway/record.hpp"

#include "gateway/call_experiments.hpp"
#include "gateway/policy_steps.hpp"

#include <array>

namespace aihub::gateway {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr std::size_t kPathMax = 256;

// The path is the one that was routed on, without the query: that may hold anything.
void log_call(telemetry::Log& log, const Call& call) {
    using telemetry::Field;
    const auto& row = call.trail.row;
    const auto& trace = call.trace;
    const std::string_view path(call.path);
    // Without a path the head was not read, and the method may be that of the request before.
    const auto method = path.empty() ? std::string_view() : call.head.method;
    const std::string trace_id = trace.known ? hex_text(trace.id) : std::string();
    std::array fields{
        Field("request_id", row.request_id),
        Field("client", call.client),
        Field("method", method),
        Field("path", path.substr(0, kPathMax)),
        Field("operation", row.operation),
        Field("status", row.status),
        Field("outcome", model::outcome_name(row.outcome)),
        Field("key_id", row.key_id),
        Field("model", row.model_asked),
        Field("provider", row.provider),
        Field("attempts", static_cast<std::int64_t>(row.attempts)),
        Field("fallback", call.trail.fallback),
        Field("streamed", row.streamed),
        Field("input_tokens", static_cast<std::int64_t>(row.usage.input.value_or(0))),
        Field("output_tokens", static_cast<std::int64_t>(row.usage.output.value_or(0))),
        Field("duration_us", static_cast<std::int64_t>(row.duration.count())),
        Field("overhead_us", static_cast<std::int64_t>(row.overhead.count())),
        Field("", ""),
        Field("", ""),
        Field("", ""),
    };
    auto count = fields.size() - 3;
    if (trace.known) {
        fields[count++] = Field("trace_id", trace_id);
    }
    if (call.policies) {
        fields[count++] = Field("policy", call.policies->bundle->label());
    }
    if (!row.experiments.empty()) {
        fields[count++] = Field("experiments", row.experiments);
    }
    log.write(telemetry::LogLevel::info, "request", fields.data(), count);
}

}  // namespace

void record(Worker& worker, Call& call) {
    auto& trail = call.trail;
    auto& row = trail.row;
    const auto now = worker.now();
    const auto duration = now - call.started;
    if (call.policies) {
        record_policies(worker, call, duration);  // Before anything that it sees is moved away.
    }
    if (!call.assignments.empty()) {
        row.experiments = used_experiments(call);
    }
    row.request_id.swap(call.request_id);
    row.operation = operation_name(call.operation);
    row.model_asked.assign(call.model, 0, 256);
    row.streamed = call.stream;
    row.bytes_in += call.body.size() + call.uploaded_bytes;
    row.duration = duration_cast<microseconds>(duration);
    row.overhead = duration_cast<microseconds>(duration - trail.waited());
    row.started_at = worker.services().clock.wall_now() - duration_cast<WallTime::duration>(duration);
    trail.mark(Step::record, now);
    worker.metrics().record(call.operation, trail);
    const bool model_call = !operation_format(call.operation).empty();
    const auto& config = *call.state->shared->config;
    if (config.log.requests && (model_call || row.status >= 400)) {
        log_call(worker.services().log, call);
    }
    if (call.trace.recorded) {
        submit_spans(worker, call, now);
    }
    if (model_call) {
        // A full queue is counted by the writer; the call itself went well.
        static_cast<void>(worker.services().usage.record(row));
    }
}

void record_beside(
    Worker& worker, Call& call, const catalog::Candidate& candidate, const Attempt& attempt, const Beside& beside
) {
    auto& services = worker.services();
    const auto duration = worker.now() - call.started;
    const bool good = attempt.ended() && !attempt.failure();
    model::UsageRow row;
    row.request_id = call.request_id + std::string(beside.suffix);
    row.key_id = call.trail.row.key_id;
    row.operation = operation_name(call.operation);
    row.model_asked.assign(call.model, 0, 256);
    row.provider = candidate.target->name;
    row.model_used = candidate.model;
    row.attempts = 1;
    row.streamed = call.stream;
    const bool late = attempt.failure() && attempt.failure()->kind == capability::FailureKind::timeout;
    row.status = good ? 200 : late ? 504 : 502;
    row.outcome = good ? model::Outcome::completed : late ? model::Outcome::timeout : model::Outcome::upstream_error;
    row.usage = attempt.usage();
    row.policy = call.trail.row.policy;
    row.bytes_in = call.body.size();
    row.duration = duration_cast<microseconds>(duration);
    row.started_at = services.clock.wall_now() - duration_cast<WallTime::duration>(duration);
    if (beside.of_answer && call.policies) {
        rate_by_policy(worker, call, row);
    }
    worker.metrics().record_tokens(row.usage);
    static_cast<void>(services.usage.record(row));
}

}  // namespace aihub::gateway
