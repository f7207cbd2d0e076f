// One model call: what the client wants, and where the answer goes.
#pragma once

#include <aihub/ext/call.h>
#include <aihub/text.hpp>

#include <bit>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aihub::sdk {

// What the client wants. A view: valid until the call's object is destroyed, so it may be kept in it.
class Request {
public:
    explicit Request(const aihub_request& request) : request_(&request), members_(request.members, request.n_members) {}

    [[nodiscard]] std::string_view format() const { return view(request_->format); }
    [[nodiscard]] std::string_view model() const { return view(request_->model); }  // its name at the provider
    [[nodiscard]] std::string_view request_id() const { return view(request_->request_id); }
    [[nodiscard]] std::string_view body() const { return view(request_->body); }  // the client's, byte for byte
    // The host sends more of the body behind the parts that build() gives.
    [[nodiscard]] bool body_is_beginning() const { return (request_->flags & AIHUB_RF_BODY_BEGINNING) != 0; }
    // The client's method and path behind its version ("/files/file-1"), the query for the provider, the type of the
    // body. Empty from hosts older than minor 1.
    [[nodiscard]] std::string_view method() const {
        return AIHUB_REACHES(request_, aihub_request, method) ? view(request_->method) : std::string_view();
    }
    [[nodiscard]] std::string_view path() const {
        return AIHUB_REACHES(request_, aihub_request, path) ? view(request_->path) : std::string_view();
    }
    [[nodiscard]] std::string_view query() const {
        return AIHUB_REACHES(request_, aihub_request, query) ? view(request_->query) : std::string_view();
    }
    [[nodiscard]] std::string_view content_type() const {
        return AIHUB_REACHES(request_, aihub_request, content_type) ? view(request_->content_type) : std::string_view();
    }
    // The client's headers of its format for new features ("anthropic-beta", "openai-beta") and for its version
    // ("anthropic-version"). Empty from hosts older than minor 3.
    [[nodiscard]] std::string_view beta() const {
        return AIHUB_REACHES(request_, aihub_request, beta) ? view(request_->beta) : std::string_view();
    }
    [[nodiscard]] std::string_view format_version() const {
        return AIHUB_REACHES(request_, aihub_request, format_version) ? view(request_->format_version)
                                                                      : std::string_view();
    }
    [[nodiscard]] bool stream() const { return (request_->flags & AIHUB_RF_STREAM) != 0; }
    [[nodiscard]] bool include_usage() const { return (request_->flags & AIHUB_RF_INCLUDE_USAGE) != 0; }
    // The top-level members of the body, or the fields of a form; both slices of each point into it.
    [[nodiscard]] std::span<const aihub_json_member> members() const { return members_; }
    // The raw JSON value of a top-level member, or the bytes of a field; empty: there is none.
    [[nodiscard]] std::string_view member(std::string_view name) const {
        for (const aihub_json_member& candidate : members_) {
            if (view(candidate.name) == name) {
                return view(candidate.value);
            }
        }
        return {};
    }

private:
    const aihub_request* request_;
    std::span<const aihub_json_member> members_;
};

// What one call used: tokens, and time. A field without a value was not said, which is not zero.
struct Usage {
    std::optional<std::uint64_t> input{};       // all input, cached included
    std::optional<std::uint64_t> output{};      // all output, reasoning included
    std::optional<std::uint64_t> cache_read{};  // of the input
    std::optional<std::uint64_t> cache_write{};
    std::optional<std::uint64_t> reasoning{};  // of the output
    std::optional<std::uint64_t> audio{};
    std::optional<std::uint64_t> audio_ms{};        // audio that is billed by its length: milliseconds, more than 0
    std::optional<std::uint64_t> cache_write_1h{};  // of cache_write: kept for an hour, more than 0
    friend bool operator==(const Usage&, const Usage&) = default;
};

// Why a call failed. Retry, fallback and billing decide on it: see docs/plugins.md for which to choose.
enum class FailureKind : std::int32_t {
    invalid_request = AIHUB_FAIL_INVALID_REQUEST,
    auth = AIHUB_FAIL_AUTH,
    not_found = AIHUB_FAIL_NOT_FOUND,
    rate_limit = AIHUB_FAIL_RATE_LIMIT,
    overloaded = AIHUB_FAIL_OVERLOADED,
    content_filter = AIHUB_FAIL_CONTENT_FILTER,
    context_length = AIHUB_FAIL_CONTEXT_LENGTH,
    too_large = AIHUB_FAIL_TOO_LARGE,
    upstream = AIHUB_FAIL_UPSTREAM,
    network = AIHUB_FAIL_NETWORK,
    timeout = AIHUB_FAIL_TIMEOUT,
    quota = AIHUB_FAIL_QUOTA,
    internal = AIHUB_FAIL_INTERNAL,
};

struct Failure {
    FailureKind kind = FailureKind::internal;
    int http_status = 0;                      // the upstream's; 0: none
    std::chrono::nanoseconds retry_after{0};  // 0: not said
    std::string message{};                    // for the client: no secret, no upstream URL
    std::string detail_json{};                // the provider's error object, or empty
};

// What became of an event.
enum class Emit {
    ok,
    again,      // taken; a stream-tier plugin sends no more until resume()
    cancelled,  // nobody waits any more
    gone,       // the call has ended
};

// Where the answer goes. A cheap handle: stream-tier plugins may keep and use it on any thread, and late use is
// answered with Emit::gone.
class Call {
public:
    Call() = default;
    Call(const aihub_call_v1* service, aihub_call* call) : service_(service), call_(call) {}

    Emit text(std::string_view delta, std::uint32_t choice = 0) { return plain(AIHUB_EV_TEXT, delta, choice); }
    // `block`: which one of several blocks of reasoning.
    Emit reasoning(std::string_view delta, std::uint32_t choice = 0, std::uint32_t block = 0) {
        return in_block(AIHUB_EV_REASONING, delta, choice, block);
    }
    // What the provider wants back with a block of reasoning.
    Emit reasoning_signature(std::string_view signature, std::uint32_t choice = 0, std::uint32_t block = 0) {
        return in_block(AIHUB_EV_SIGNATURE, signature, choice, block, "reasoning");
    }
    // What the provider wants back with the text so far; `alone`: behind it, in a piece of its own.
    Emit text_signature(std::string_view signature, std::uint32_t choice = 0, bool alone = false) {
        return in_block(AIHUB_EV_SIGNATURE, signature, choice, alone ? AIHUB_SIGNED_ALONE : 0, "text");
    }
    // A block of reasoning that only the provider can read, whole.
    Emit redacted_reasoning(std::string_view data, std::uint32_t choice = 0, std::uint32_t block = 0) {
        return in_block(AIHUB_EV_REDACTED, data, choice, block);
    }
    // What the provider wants back with the tool call `index`.
    Emit tool_signature(std::string_view signature, std::uint32_t choice, std::uint32_t index) {
        return in_block(AIHUB_EV_SIGNATURE, signature, choice, index, "tool");
    }
    Emit refusal(std::string_view delta, std::uint32_t choice = 0) { return plain(AIHUB_EV_REFUSAL, delta, choice); }
    // A source of the text so far, as a JSON object: see AIHUB_EV_CITATION.
    Emit citation(std::string_view json, std::uint32_t choice = 0) { return plain(AIHUB_EV_CITATION, json, choice); }
    // An image or a sound that the model made.
    Emit media(std::string_view media_type, std::string_view base64, std::uint32_t choice = 0) {
        return in_block(AIHUB_EV_MEDIA, base64, choice, 0, media_type);
    }
    // For the text that comes next: see AIHUB_EV_LOGPROBS.
    Emit logprobs(std::string_view json, std::uint32_t choice = 0) { return plain(AIHUB_EV_LOGPROBS, json, choice); }
    // The provider's id of the answer.
    Emit id(std::string_view id) { return plain(AIHUB_EV_ID, id, 0); }
    // From build(): a field of the canonical request that the provider cannot be told.
    Emit dropped(std::string_view field) { return plain(AIHUB_EV_DROPPED, field, 0); }
    Emit tool_begin(std::string_view name, std::string_view id, std::uint32_t choice, std::uint32_t index) {
        return in_block(AIHUB_EV_TOOL_BEGIN, name, choice, index, id);
    }
    Emit tool_arguments(std::string_view delta, std::uint32_t choice, std::uint32_t index) {
        return in_block(AIHUB_EV_TOOL_ARGS, delta, choice, index);
    }
    // Totals so far; they replace earlier ones.
    Emit usage(const Usage& usage) {
        aihub_event event = empty(AIHUB_EV_USAGE, 0);
        event.n[AIHUB_N_INPUT] = usage.input.value_or(AIHUB_N_UNKNOWN);
        event.n[AIHUB_N_OUTPUT] = usage.output.value_or(AIHUB_N_UNKNOWN);
        event.n[AIHUB_N_CACHE_READ] = usage.cache_read.value_or(AIHUB_N_UNKNOWN);
        event.n[AIHUB_N_CACHE_WRITE] = usage.cache_write.value_or(AIHUB_N_UNKNOWN);
        event.n[AIHUB_N_REASONING] = usage.reasoning.value_or(AIHUB_N_UNKNOWN);
        event.n[AIHUB_N_AUDIO] = usage.audio.value_or(AIHUB_N_UNKNOWN);
        event.audio_ms = usage.audio_ms.value_or(0);
        event.cache_write_1h = usage.cache_write_1h.value_or(0);
        return send(event);
    }
    // `reason`: stop, length, tool_calls, content_filter. `stop_sequence`: the one that was met, if any.
    Emit finish(std::string_view reason, std::uint32_t choice = 0, std::string_view stop_sequence = {}) {
        return in_block(AIHUB_EV_FINISH, stop_sequence, choice, 0, reason);
    }
    // Vector number `index`. Little-endian hosts only, as is every platform that the product runs on.
    Emit embedding(std::span<const float> values, std::uint32_t index) {
        static_assert(std::endian::native == std::endian::little);
        return plain(AIHUB_EV_EMBEDDING, {reinterpret_cast<const char*>(values.data()), values.size_bytes()}, index);
    }
    // A frame in the client's own format, passed on as it is. Cheapest: the very view that on_frame() lent.
    Emit raw(std::string_view data, std::string_view event_name = {}) {
        return in_block(AIHUB_EV_RAW, data, 0, 0, event_name);
    }
    // The model that really answered.
    Emit model(std::string_view name) { return plain(AIHUB_EV_MODEL, name, 0); }

    // The call's end, exactly once: one of these two. A stream-tier object may be destroyed by the host as soon as its
    // callback has returned, or at once when this is called from another thread: touch nothing of it afterwards.
    Emit succeed() { return read(service_->complete(call_, nullptr)); }
    Emit fail(const Failure& failure) {
        aihub_failure out{};
        out.struct_size = sizeof out;
        out.kind = static_cast<std::int32_t>(failure.kind);
        out.http_status = failure.http_status;
        out.retry_after_ns = failure.retry_after.count();
        out.message = slice(failure.message);
        out.detail_json = slice(failure.detail_json);
        return read(service_->complete(call_, &out));
    }

    // Monotonic time by which the call must end; zero when it is gone.
    [[nodiscard]] std::chrono::nanoseconds deadline() const {
        return std::chrono::nanoseconds(service_->deadline_ns(call_));
    }
    [[nodiscard]] bool cancelled() const { return service_->cancelled(call_) != AIHUB_OK; }
    // Runs fn(state, argument) on the call's loop; dropped when the call ended first.
    Emit post(void (*fn)(aihub_callstate*, void*), void* argument) { return read(service_->post(call_, fn, argument)); }

private:
    static aihub_event empty(std::int32_t kind, std::uint32_t choice) {
        aihub_event event{};
        event.struct_size = sizeof event;
        event.kind = kind;
        event.choice = choice;
        return event;
    }
    static Emit read(aihub_status status) {
        switch (status) {
            case AIHUB_OK:
                return Emit::ok;
            case AIHUB_AGAIN:
                return Emit::again;
            case AIHUB_CANCELLED:
                return Emit::cancelled;
            default:
                return Emit::gone;
        }
    }
    Emit send(const aihub_event& event) { return read(service_->emit(call_, &event)); }
    Emit plain(std::int32_t kind, std::string_view text, std::uint32_t choice) {
        return in_block(kind, text, choice, 0);
    }
    Emit in_block(
        std::int32_t kind, std::string_view text, std::uint32_t choice, std::uint32_t block, std::string_view extra = {}
    ) {
        aihub_event event = empty(kind, choice);
        event.block = block;
        event.text = slice(text);
        event.extra = slice(extra);
        return send(event);
    }

    const aihub_call_v1* service_ = nullptr;
    aihub_call* call_ = nullptr;
};

}  // namespace aihub::sdk
