#include "config/schema.hpp"

namespace aihub::config {
namespace {

constexpr std::uint64_t kHourMs = 3600000;

// A function that finds the member, as a plain pointer, so that its type chooses the alternative of Slot.
#define AIHUB_SLOT(owner, member) \
    +[](owner & value) -> auto& { \
        return value.member;      \
    }

constexpr Key kTelemetrySchema[] = {
    {.path = "response_headers",
     .type = Type::block,
     .text = "What the answers to model calls say about themselves. `x-request-id` is always there."},
    {.path = "response_headers.provider",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, response_headers.provider),
     .text = "`x-aihub-provider`: the name of the provider that answered, or that was tried last."},
    {.path = "response_headers.model",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, response_headers.model),
     .text = "`x-aihub-model`: the name of the model that was asked of the provider."},
    {.path = "response_headers.attempts",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, response_headers.attempts),
     .text = "`x-aihub-attempts`: how many attempts at providers were made."},
    {.path = "response_headers.overhead",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, response_headers.overhead),
     .text = "`x-aihub-overhead-us`: microseconds of the gateway's own before the first byte of the answer."},
    {.path = "response_headers.trace",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, response_headers.trace),
     .text = "`traceresponse`: the ids of the trace and of the span that was made of the call."},
    {.path = "tracing",
     .type = Type::block,
     .text = "Distributed traces (W3C Trace Context, OpenTelemetry): where spans go."},
    {.path = "tracing.plugin",
     .type = Type::text,
     .slot = AIHUB_SLOT(Snapshot, tracing.sink.plugin),
     .max = 128,
     .reload = Reload::restart,
     .text = "The plugin that takes spans, for example `aihub.trace.otlp`; empty: none are made."},
    {.path = "tracing.base_url",
     .type = Type::url,
     .slot = AIHUB_SLOT(Snapshot, tracing.sink.base_url),
     .reload = Reload::restart,
     .fallback = "none",
     .text = "Where the plugin sends them, for example `http://127.0.0.1:4318`; a path is the plugin's setting."},
    {.path = "tracing.api_key",
     .type = Type::secret,
     .reload = Reload::restart,
     .fallback = "none",
     .text = "The key for it; best as `${NAME}`."},
    {.path = "tracing.api_key_file",
     .type = Type::path,
     .reload = Reload::restart,
     .fallback = "none",
     .text = "A file that holds the key; a line end behind it does not count."},
    {.path = "tracing.settings",
     .type = Type::free,
     .reload = Reload::restart,
     .fallback = "the plugin's own",
     .text = "The plugin's own settings; its schema is checked."},
    {.path = "tracing.sample_ratio",
     .type = Type::ratio,
     .slot = AIHUB_SLOT(Snapshot, tracing.sample_ratio),
     .text = "The part of the traces beginning here of which spans are made, from 0 to 1. A client's trace is followed "
             "if the client says so."},
    {.path = "tracing.propagate",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, tracing.propagate),
     .text = "Pass `traceparent` and `tracestate` on to providers."},
    {.path = "tracing.queue_spans_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, tracing.queue_spans_max),
     .min = 1,
     .max = 1000000,
     .reload = Reload::restart,
     .text = "Spans that wait for the plugin; over it spans are dropped and counted."},
    {.path = "watchdog", .type = Type::block, .text = "What happens when an event loop does not come round."},
    {.path = "watchdog.stall",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, watchdog.stall),
     .min = 10,
     .max = kHourMs,
     .reload = Reload::restart,
     .text = "A loop that is held for longer is logged, with the stack of its thread."},
    {.path = "watchdog.abort",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, watchdog.abort),
     .max = kHourMs,
     .reload = Reload::restart,
     .text = "A loop that is held for longer ends the process, for its supervisor to start it again; 0ms: never. Not "
             "before `watchdog.stall`."},
};

#undef AIHUB_SLOT

}  // namespace

std::span<const Key> telemetry_schema() {
    return kTelemetrySchema;
}

}  // namespace aihub::config
