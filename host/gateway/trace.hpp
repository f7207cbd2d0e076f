// The call's place in a distributed trace, and the spans it leaves.
#pragma once

#include "capability/provider.hpp"
#include "gateway/trace_context.hpp"
#include "model/span.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aihub::gateway {

class Worker;
struct Call;

// One attempt at a provider, for its span.
struct TracedAttempt {
    model::SpanId id{};
    std::string provider;
    std::string model;
    SteadyTime began;
    std::optional<SteadyTime> ended;  // not yet: it ends with the call
    std::optional<capability::FailureKind> failure;
    int http_status = 0;
};

// Part of a call; belongs to its loop.
struct Trace {
    bool known = false;     // there is a trace id: the client's, or one made here
    bool recorded = false;  // and its spans go to the sink
    model::TraceId id{};
    model::SpanId parent{};  // the client's span; zero: this call is the root
    model::SpanId own{};     // of a recorded call: the call's span
    bool sampled = false;    // as the client said, or as decided here
    std::string state;       // the client's tracestate, when it is well-formed
    std::vector<TracedAttempt> attempts;

    // What a caller of ours, or a provider, sees as the nearest span of this call.
    [[nodiscard]] TraceParent nearest() const;
};

// Takes the trace from the head of a model call, or begins one. Only when `tracing` asks for it; else it costs a
// branch.
void begin_trace(Worker& worker, Call& call);

// Around each attempt; nothing happens unless the call is recorded. `failure`: how it failed before anything was sent.
void begin_attempt_span(Call& call, std::string_view provider, std::string_view model, SteadyTime now);
void end_attempt_span(Call& call, const capability::Failure* failure, SteadyTime now);

// Appends traceparent and tracestate for a provider, each with a line end behind it; nothing when they are not passed
// on.
void append_trace_fields(std::string& out, const Call& call);

// Hands the spans of a recorded call to the tracer. `now`: its end. The call's row is filled, and still there.
void submit_spans(Worker& worker, const Call& call, SteadyTime now);

}  // namespace aihub::gateway
