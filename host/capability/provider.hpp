// What the host asks a provider for. Implemented by host/loader over the plugin ABI, and by fakes in tests.
//
// Terms, order of calls and lifetimes are those of <aihub/ext/provider_codec.h> and <aihub/ext/provider_stream.h>;
// these classes say the same in C++. All functions are called on the call's event loop unless they say otherwise.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/usage.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aihub::capability {

// One top-level member of the request's JSON object; views into the body. `value` is raw JSON text. Of a form: a field
// that is no file, and its bytes.
struct JsonMember {
    std::string_view name;
    std::string_view value;
};

// What the client wants. The views outlive the attempt.
struct ProviderRequest {
    std::string_view format;  // "openai.chat", "openai.files": the client's; "aihub.chat": the canonical form of it
    std::string_view model;   // the model's name at the provider
    std::string_view request_id;
    std::string_view body;
    std::span<const JsonMember> members;
    bool stream = false;
    bool include_usage = false;
    bool body_is_beginning = false;   // the host sends the rest of the body behind the parts that build() gave
    std::string_view method;          // the client's: "POST"
    std::string_view path;            // the client's, behind its version: "/files/file-1/content"
    std::string_view query;           // for the provider, without "?"
    std::string_view content_type;    // of the body, as the client wrote it
    std::string_view beta;            // the client's field that switches new features of its format on
    std::string_view format_version;  // the client's field that names the version of its format
};

struct Header {
    std::string_view name;
    std::string_view value;
};

enum class Framing { whole, sse, ndjson, raw, web_socket };

// A header of an upstream request. When `secret` names one, its value is appended by the host.
struct RequestHeader {
    std::string_view name;
    std::string_view value;
    std::string_view secret;
};

// The HTTP request of one attempt. Views and spans are valid until CodecCall::on_frame() or on_end().
struct HttpRequest {
    Framing framing = Framing::whole;
    bool pass_large = false;  // AIHUB_HTTP_PASS_LARGE: of a large whole reply the codec needs an outline only
    std::string_view method;
    std::string_view path;
    std::span<const RequestHeader> headers;
    std::span<const std::string_view> body;
};

// As AIHUB_EV_*.
enum class EventKind {
    text,
    reasoning,
    tool_begin,
    tool_args,
    usage,
    finish,
    embedding,
    raw,
    model,
    signature,
    redacted,
    refusal,
    citation,
    media,
    logprobs,
    id,
    dropped,
};

// One event of an answer; the views are valid only during emit(). Fields as in aihub_event.
struct Event {
    EventKind kind = EventKind::text;
    std::uint32_t choice = 0;
    std::uint32_t block = 0;
    std::string_view text;
    std::string_view extra;
    model::Usage usage;
};

enum class FailureKind {
    invalid_request,
    auth,
    not_found,
    rate_limit,
    overloaded,
    content_filter,
    context_length,
    too_large,
    upstream,
    network,
    timeout,
    quota,
    internal,
};

// Why an attempt failed. `detail_json` is the provider's `error` object in the request's format, or empty.
struct Failure {
    FailureKind kind = FailureKind::internal;
    int http_status = 0;  // the upstream's; 0: none
    std::chrono::nanoseconds retry_after{0};
    std::string message;
    std::string detail_json;
    bool gateway_full = false;  // nothing is wrong with the provider: the gateway had no room for its answer
};

enum class EmitStatus { ok, again, cancelled, gone };

// Where the events of one attempt go. Codec calls use it on the loop, within a callback. Stream calls use it from any
// thread; an implementation given to start() is safe for that, and stays alive as long as the plugin may use it.
class CallSink {
public:
    virtual ~CallSink() = default;
    virtual EmitStatus emit(const Event& event) = 0;
    // The end of the call, exactly once; nullptr: success.
    virtual EmitStatus complete(const Failure* failure) = 0;
    [[nodiscard]] virtual SteadyTime deadline() const = 0;
    [[nodiscard]] virtual bool cancelled() const = 0;
    // Runs `task` on the call's loop, or drops it when the call has ended. Any thread.
    virtual EmitStatus post(void (*task)(void* argument), void* argument) = 0;
};

// Why no more frames come.
enum class FrameEnd { complete, cancelled, timeout, cut };

// One attempt by a codec. Destroying it ends the attempt.
class CodecCall {
public:
    virtual ~CodecCall() = default;
    // Before on_frame() and on_end() only.
    [[nodiscard]] virtual const HttpRequest& request() const = 0;
    virtual Result<void> on_head(int status, std::span<const Header> headers) = 0;
    virtual Result<void> on_frame(std::string_view event, std::string_view data) = 0;
    virtual Result<void> on_end(FrameEnd why) = 0;
};

// One call of a stream provider. Destroying it before complete() cancels it and waits for nothing.
class StreamCall {
public:
    virtual ~StreamCall() = default;
    virtual void resume() = 0;
    virtual void cancel() = 0;
};

enum class ProviderTier { codec, stream };

// One configured provider instance. Shared by all loops; thread-safe. It keeps its library loaded.
class Provider {
public:
    virtual ~Provider() = default;
    [[nodiscard]] virtual ProviderTier tier() const = 0;
    // Formats it takes as they are.
    [[nodiscard]] virtual std::span<const std::string> formats() const = 0;
    // Codec tier. `sink` outlives the CodecCall. Error: the request cannot be made for this provider.
    [[nodiscard]] virtual Result<std::unique_ptr<CodecCall>> build(const ProviderRequest& request, CallSink& sink) = 0;
    // Stream tier. Events may come before it returns.
    [[nodiscard]] virtual Result<std::unique_ptr<StreamCall>> start(
        const ProviderRequest& request, std::shared_ptr<CallSink> sink
    ) = 0;
};

}  // namespace aihub::capability
