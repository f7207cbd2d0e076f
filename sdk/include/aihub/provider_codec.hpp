// A provider that does no I/O, in C++: a request in, HTTP bytes out; reply frames in, events out.
#pragma once

#include <aihub/call.hpp>
#include <aihub/ext/provider_codec.h>
#include <aihub/http_request.hpp>
#include <aihub/instance.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace aihub::sdk {

// The headers of a reply; valid during on_head().
class Headers {
public:
    Headers(const aihub_header* headers, std::size_t count) : headers_(headers, count) {}

    // Value of the first header of that name, compared without case; empty: there is none.
    [[nodiscard]] std::string_view find(std::string_view name) const {
        for (const aihub_header& header : headers_) {
            if (same(view(header.name), name)) {
                return view(header.value);
            }
        }
        return {};
    }

private:
    static bool same(std::string_view left, std::string_view right) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
        if (left.size() != right.size()) {
            return false;
        }
        for (std::size_t at = 0; at < left.size(); ++at) {
            if (lower(left[at]) != lower(right[at])) {
                return false;
            }
        }
        return true;
    }

    std::span<const aihub_header> headers_;
};

// One frame of the reply; valid during on_frame().
struct Frame {
    std::string_view event;  // name of the server-sent event, or empty
    std::string_view data;
};

// Why no more frames come.
enum class End { complete, cancelled, timeout, cut };

// The family, for AIHUB_PLUGIN. `CallType` is one attempt; a fresh one is made for each, and used by one thread at a
// time:
//
//   class EchoCall {
//   public:
//       explicit EchoCall(const Echo& instance);
//       // Error: the client sees 400 and the message; Errc::unavailable: what it needs is not there yet, and the host
//       // tries again or elsewhere before the client sees 503. Who leaves something of the request out takes the call,
//       // too, and names it: build(const Request& request, Call& call), call.dropped("logprobs").
//       aihub::Result<HttpRequest> build(const Request& request);
//       void on_head(int http_status, const Headers& headers);        // optional
//       void on_frame(Frame frame, Call& call);                       // or Result<void>: an error ends the attempt
//       void on_end(End why, Call& call);                             // must end the call if nothing has
//   };
template <class InstanceType, class CallType>
class ProviderCodec {
public:
    using Instance = InstanceType;
    static constexpr const char* kExtension = AIHUB_EXT_PROVIDER_CODEC;
    static const void* table() { return &kTable; }

private:
    using Box = detail::InstanceBox<Instance>;
    struct State {
        explicit State(Box& owner) : box(owner), attempt(std::as_const(*owner.instance)) {}
        Box& box;
        CallType attempt;
        std::optional<HttpRequest> http;
    };
    static State& of(aihub_callstate* state) { return *reinterpret_cast<State*>(state); }

    static aihub_status build(
        aihub_instance* instance,
        aihub_call* call,
        const aihub_request* request,
        aihub_http_request* http,
        aihub_callstate** state,
        aihub_error* error
    ) {
        auto& box = Box::of(instance);
        return detail::edge(box.services, "build", error, [&] {
            auto made = std::make_unique<State>(box);
            Result<HttpRequest> built = ask(made->attempt, Request(*request), Call(box.services.call(), call));
            if (!built) {
                return detail::refuse(box.services, error, built.error());
            }
            made->http.emplace(*std::move(built));
            made->http->lend(*http);
            *state = reinterpret_cast<aihub_callstate*>(made.release());
            return AIHUB_OK;
        });
    }

    static Result<HttpRequest> ask(CallType& attempt, const Request& request, Call call) {
        if constexpr (requires { attempt.build(request, call); }) {
            return attempt.build(request, call);
        } else {
            return attempt.build(request);
        }
    }

    static aihub_status on_head(
        aihub_callstate* state,
        aihub_call* /*call*/,
        std::int32_t http_status,
        const aihub_header* headers,
        std::size_t n_headers,
        aihub_error* error
    ) {
        if constexpr (requires(CallType & attempt, const Headers& list) { attempt.on_head(0, list); }) {
            return detail::edge(of(state).box.services, "on_head", error, [&] {
                of(state).attempt.on_head(http_status, Headers(headers, n_headers));
                return AIHUB_OK;
            });
        } else {
            return AIHUB_OK;
        }
    }

    static aihub_status on_frame(
        aihub_callstate* state, aihub_call* call, aihub_slice event, aihub_slice data, aihub_error* error
    ) {
        const auto& services = of(state).box.services;
        of(state).http.reset();  // It is sent.
        return detail::edge(services, "on_frame", error, [&] {
            Call target(services.call(), call);
            return tell(services, error, [&] { return of(state).attempt.on_frame({view(event), view(data)}, target); });
        });
    }

    static aihub_status on_end(aihub_callstate* state, aihub_call* call, aihub_status why, aihub_error* error) {
        const auto& services = of(state).box.services;
        return detail::edge(services, "on_end", error, [&] {
            Call target(services.call(), call);
            const End end = why == AIHUB_OK          ? End::complete
                            : why == AIHUB_CANCELLED ? End::cancelled
                            : why == AIHUB_E_TIMEOUT ? End::timeout
                                                     : End::cut;
            return tell(services, error, [&] { return of(state).attempt.on_end(end, target); });
        });
    }

    static void destroy(aihub_callstate* state) { delete &of(state); }

    // Callbacks may return nothing or a Result<void>.
    template <class Body>
    static aihub_status tell(const Services& services, aihub_error* error, Body&& body) {
        if constexpr (std::is_void_v<decltype(body())>) {
            body();
            return AIHUB_OK;
        } else {
            const Result<void> result = body();
            return result ? AIHUB_OK : detail::refuse(services, error, result.error());
        }
    }

    static constexpr aihub_provider_codec_v1 kTable{
        sizeof(aihub_provider_codec_v1), 0, &build, &on_head, &on_frame, &on_end, &destroy};
};

}  // namespace aihub::sdk
