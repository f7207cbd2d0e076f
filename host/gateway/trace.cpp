#include "gateway/trace.hpp"

#include "base/ids.hpp"
#include "catalog/policy.hpp"
#include "gateway/worker.hpp"
#include "net/http_chars.hpp"
#include "tracing/tracer.hpp"

#include <cmath>
#include <cstring>

namespace aihub::gateway {

namespace {

using model::Span;
using model::SpanAttribute;

constexpr std::size_t kTextBytesMax = 256;

template <class Id>
void fill(Id& id) {
    for (std::size_t at = 0; at < id.size(); at += sizeof(std::uint64_t)) {
        const std::uint64_t bits = make_unique_bits();
        std::memcpy(id.data() + at, &bits, sizeof bits);
    }
    id.back() |= 1U;  // Never zero.
}

// The same decision for the same trace everywhere: by the last eight bytes of its id.
bool chosen(const model::TraceId& id, double ratio) {
    std::uint64_t bits = 0;
    for (std::size_t at = 8; at < id.size(); ++at) {
        bits = bits << 8U | id[at];
    }
    return ratio >= 1 || static_cast<double>(bits >> 11U) < std::ldexp(ratio, 53);
}

// What the client sent. Two traceparent fields are as good as none.
struct Sent {
    std::optional<TraceParent> parent;
    std::string state;
};

Sent sent_by(const net::RequestHead& head) {
    Sent sent;
    std::size_t parents = 0;
    for (const auto& field : head.fields) {
        if (field.name.size() == 11 && net::equals_ignoring_case(field.name, "traceparent")) {
            ++parents;
            sent.parent = parse_traceparent(field.value);
        } else if (field.name.size() == 10 && net::equals_ignoring_case(field.name, "tracestate")) {
            sent.state.append(sent.state.empty() ? "" : ",").append(field.value);
        }
    }
    if (parents != 1) {
        sent.parent.reset();
    }
    if (!sent.parent || !valid_tracestate(sent.state)) {
        sent.state.clear();
    }
    return sent;
}

// The names of the OpenTelemetry conventions for generative AI.
std::string_view gen_ai_operation(Operation operation) {
    switch (operation) {
        case Operation::chat_completions:
        case Operation::responses:
            return "chat";
        case Operation::completions:
            return "text_completion";
        case Operation::embeddings:
            return "embeddings";
        default:
            return operation_name(operation);
    }
}

std::string cut(std::string_view text) {
    return std::string(text.substr(0, kTextBytesMax));
}

void add(std::vector<SpanAttribute>& list, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        list.push_back({name, cut(value)});
    }
}
void add(std::vector<SpanAttribute>& list, std::string_view name, std::int64_t value) {
    list.push_back({name, value});
}

void add_usage(std::vector<SpanAttribute>& list, const model::Usage& usage) {
    if (usage.input) {
        add(list, "gen_ai.usage.input_tokens", static_cast<std::int64_t>(*usage.input));
    }
    if (usage.output) {
        add(list, "gen_ai.usage.output_tokens", static_cast<std::int64_t>(*usage.output));
    }
}

// From steady times to wall times, by one reading of both.
struct Epoch {
    WallTime wall;
    SteadyTime steady;
    [[nodiscard]] WallTime at(SteadyTime time) const {
        return wall - std::chrono::duration_cast<WallTime::duration>(steady - time);
    }
};

Span begun(const Call& call, model::SpanKind kind) {
    Span span;
    span.trace = call.trace.id;
    span.kind = kind;
    span.state = call.trace.state;
    return span;
}

Span call_span(const Call& call, const Epoch& epoch) {
    const auto& row = call.trail.row;
    Span span = begun(call, model::SpanKind::server);
    span.id = call.trace.own;
    span.parent = call.trace.parent;
    // Few names: a path may hold the id of an object.
    span.name = cut(std::string(call.head.method) + " " + std::string(operation_name(call.operation)));
    span.start = epoch.at(call.started);
    span.end = epoch.wall;
    span.failed = row.status >= 500 || (row.outcome != model::Outcome::completed && row.status < 400);
    auto& list = span.attributes;
    add(list, "http.request.method", call.head.method);
    add(list, "url.path", call.path);
    add(list, "http.response.status_code", std::int64_t{row.status});
    add(list, "gen_ai.operation.name", gen_ai_operation(call.operation));
    add(list, "gen_ai.request.model", row.model_asked);
    add(list, "gen_ai.response.model", row.model_used);
    add(list, "gen_ai.provider.name", row.provider);
    add_usage(list, row.usage);
    add(list, "aihub.request_id", row.request_id);
    add(list, "aihub.key_id", row.key_id);
    add(list, "aihub.outcome", model::outcome_name(row.outcome));
    add(list, "aihub.attempts", std::int64_t{row.attempts});
    add(list, "aihub.overhead_us", std::int64_t{row.overhead.count()});
    list.push_back({"aihub.streamed", row.streamed});
    if (row.outcome != model::Outcome::completed) {
        add(list, "error.type", model::outcome_name(row.outcome));
    }
    return span;
}

Span attempt_span(const Call& call, const TracedAttempt& attempt, bool last, const Epoch& epoch) {
    const auto& row = call.trail.row;
    Span span = begun(call, model::SpanKind::client);
    span.id = attempt.id;
    span.parent = call.trace.own;
    span.name = cut(std::string(gen_ai_operation(call.operation)) + " " + attempt.model);
    span.start = epoch.at(attempt.began);
    span.end = epoch.at(attempt.ended.value_or(epoch.steady));
    auto& list = span.attributes;
    add(list, "gen_ai.operation.name", gen_ai_operation(call.operation));
    add(list, "gen_ai.provider.name", attempt.provider);
    add(list, "gen_ai.request.model", attempt.model);
    if (attempt.failure) {
        span.failed = true;
        add(list, "error.type", catalog::failure_name(*attempt.failure));
    } else if (last) {
        span.failed = row.outcome != model::Outcome::completed;
        add_usage(list, row.usage);
        add(list, "error.type", span.failed ? model::outcome_name(row.outcome) : std::string_view());
    }
    if (attempt.http_status > 0) {
        add(list, "http.response.status_code", std::int64_t{attempt.http_status});
    }
    return span;
}

}  // namespace

TraceParent Trace::nearest() const {
    if (!recorded) {
        return {id, parent, sampled};
    }
    return {id, attempts.empty() ? own : attempts.back().id, true};
}

void begin_trace(Worker& worker, Call& call) {
    const auto& wanted = call.state->shared->config->tracing;
    const bool sink = worker.services().tracer != nullptr;
    if (!(wanted.propagate || sink) || operation_format(call.operation).empty()) {
        return;
    }
    auto sent = sent_by(call.head);
    Trace& trace = call.trace;
    if (sent.parent) {
        trace.known = true;
        trace.id = sent.parent->trace;
        trace.parent = sent.parent->span;
        trace.sampled = sent.parent->sampled;
        trace.state = std::move(sent.state);
    } else if (sink) {
        fill(trace.id);
        trace.sampled = chosen(trace.id, wanted.sample_ratio);
        trace.known = trace.sampled;  // A trace that nobody sees need not be told of.
    }
    trace.recorded = sink && trace.sampled;
    if (trace.recorded) {
        fill(trace.own);
    }
}

void begin_attempt_span(Call& call, std::string_view provider, std::string_view model, SteadyTime now) {
    if (call.trace.recorded) {
        auto& attempt = call.trace.attempts.emplace_back();
        fill(attempt.id);
        attempt.provider = provider;
        attempt.model = cut(model);
        attempt.began = now;
    }
}

void end_attempt_span(Call& call, const capability::Failure* failure, SteadyTime now) {
    if (!call.trace.recorded || call.trace.attempts.empty()) {
        return;
    }
    auto& attempt = call.trace.attempts.back();
    attempt.ended = now;
    if (failure != nullptr) {
        attempt.failure = failure->kind;
        attempt.http_status = failure->http_status;
    }
}

void append_trace_fields(std::string& out, const Call& call) {
    if (!call.trace.known || !call.state->shared->config->tracing.propagate) {
        return;
    }
    append_traceparent(out.append("traceparent: "), call.trace.nearest());
    out.append("\r\n");
    if (!call.trace.state.empty()) {
        out.append("tracestate: ").append(call.trace.state).append("\r\n");
    }
}

void submit_spans(Worker& worker, const Call& call, SteadyTime now) {
    const Epoch epoch{worker.services().clock.wall_now(), now};
    std::vector<Span> spans;
    spans.reserve(1 + call.trace.attempts.size());
    spans.push_back(call_span(call, epoch));
    for (const auto& attempt : call.trace.attempts) {
        spans.push_back(attempt_span(call, attempt, &attempt == &call.trace.attempts.back(), epoch));
    }
    worker.services().tracer->submit(std::move(spans));
}

}  // namespace aihub::gateway
