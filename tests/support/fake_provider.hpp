// A codec provider: sends the request's body on and passes the reply through.
#pragma once

#include "capability/provider.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aihub::testing {

// What it makes of a reply: a status of 400 and above is a failure of `kind` (FailureKind by default from the status);
// of a stream each frame but "[DONE]" is passed on, of anything else the whole. A frame "usage <in> <out>" is usage, on
// "[FAIL]" it fails.
class FakeCodec final : public capability::Provider {
public:
    explicit FakeCodec(std::vector<std::string> formats = {"openai.chat", "openai.embeddings"})
        : formats_(std::move(formats)) {}

    Result<void> refuse{};  // an error: build() fails with it
    int late_by = 0;        // so many first builds fail with Errc::unavailable
    bool render = false;    // text events in place of raw ones
    capability::Failure failure{capability::FailureKind::upstream, 0, {}, "said by the provider", ""};
    std::atomic<int> builds{0};
    std::atomic<int> open_calls{0};

    [[nodiscard]] capability::ProviderTier tier() const override { return capability::ProviderTier::codec; }
    [[nodiscard]] std::span<const std::string> formats() const override { return formats_; }
    Result<std::unique_ptr<capability::CodecCall>> build(
        const capability::ProviderRequest& request, capability::CallSink& sink
    ) override {
        if (builds++ < late_by) {
            return Error{Errc::unavailable, "not ready"};
        }
        if (!refuse) {
            return refuse.error();
        }
        return std::unique_ptr<capability::CodecCall>(std::make_unique<Call>(*this, request, sink));
    }
    Result<std::unique_ptr<capability::StreamCall>>
    start(const capability::ProviderRequest&, std::shared_ptr<capability::CallSink>) override {
        return Error{Errc::internal, "a codec does not start calls"};
    }

private:
    class Call final : public capability::CodecCall {
    public:
        Call(FakeCodec& owner, const capability::ProviderRequest& request, capability::CallSink& sink)
            : owner_(owner), sink_(sink), body_(request.body) {
            ++owner_.open_calls;
            http_.framing = request.format == "openai.realtime" ? capability::Framing::web_socket
                            : request.stream                    ? capability::Framing::sse
                                                                : capability::Framing::whole;
            http_.method = "POST";
            http_.path = "/chat";
            http_.headers = {&header_, 1};
            http_.body = {&body_, 1};
        }
        ~Call() override { --owner_.open_calls; }
        [[nodiscard]] const capability::HttpRequest& request() const override { return http_; }
        Result<void> on_head(int status, std::span<const capability::Header>) override {
            status_ = status;
            return {};
        }
        Result<void> on_frame(std::string_view, std::string_view data) override {
            if (data == "[FAIL]") {
                return Error{Errc::internal, "the codec failed"};
            }
            if (status_ >= 400 || data == "[DONE]") {
                return {};
            }
            capability::Event event;
            if (data.starts_with("usage ")) {
                event.kind = capability::EventKind::usage;
                event.usage.input = std::stoull(std::string(data.substr(6)));
                event.usage.output = std::stoull(std::string(data.substr(data.rfind(' ') + 1)));
            } else {
                event.kind = owner_.render ? capability::EventKind::text : capability::EventKind::raw;
                event.text = data;
            }
            sink_.emit(event);
            return {};
        }
        Result<void> on_end(capability::FrameEnd why) override {
            capability::Failure told = owner_.failure;
            told.http_status = status_;
            const bool failed = status_ >= 400 || why != capability::FrameEnd::complete;
            sink_.complete(failed ? &told : nullptr);
            return {};
        }

    private:
        FakeCodec& owner_;
        capability::CallSink& sink_;
        std::string_view body_;
        capability::RequestHeader header_{"content-type", "application/json", {}};
        capability::HttpRequest http_;
        int status_ = 0;
    };

    std::vector<std::string> formats_;
};

}  // namespace aihub::testing
