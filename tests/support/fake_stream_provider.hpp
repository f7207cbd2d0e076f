// A stream provider: hands each call to the test.
#pragma once

#include "capability/provider.hpp"
#include "support/posix.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace aihub::testing {

// Calls wait until the test takes them; the test then is the plugin's thread. Any thread.
class FakeStreamProvider final : public capability::Provider {
public:
    // One started call, as the plugin sees it.
    struct Started {
        std::shared_ptr<capability::CallSink> sink;
        std::string model;
        SignalPtr cancelled = make_signal();
        SignalPtr resumed = make_signal();

        capability::EmitStatus text(std::string_view text) const {
            capability::Event event;
            event.text = text;
            return sink->emit(event);
        }
        capability::EmitStatus raw(std::string_view text) const {
            capability::Event event;
            event.kind = capability::EventKind::raw;
            event.text = text;
            return sink->emit(event);
        }
    };

    // The next started call; fails the test by an empty sink when none comes.
    Started take() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kPatience, [this] { return !started_.empty(); });
        if (started_.empty()) {
            return {};
        }
        Started first = std::move(started_.front());
        started_.erase(started_.begin());
        return first;
    }

    [[nodiscard]] capability::ProviderTier tier() const override { return capability::ProviderTier::stream; }
    [[nodiscard]] std::span<const std::string> formats() const override { return formats_; }
    Result<std::unique_ptr<capability::CodecCall>> build(const capability::ProviderRequest&, capability::CallSink&)
        override {
        return Error{Errc::internal, "a stream provider does not build"};
    }
    Result<std::unique_ptr<capability::StreamCall>> start(
        const capability::ProviderRequest& request, std::shared_ptr<capability::CallSink> sink
    ) override {
        Started started{std::move(sink), std::string(request.model)};
        auto call = std::make_unique<Call>(started.cancelled, started.resumed);
        {
            const std::scoped_lock lock(mutex_);
            started_.push_back(std::move(started));
        }
        changed_.notify_one();
        return std::unique_ptr<capability::StreamCall>(std::move(call));
    }

private:
    struct Call final : capability::StreamCall {
        Call(SignalPtr cancelled, SignalPtr resumed) : cancelled_(std::move(cancelled)), resumed_(std::move(resumed)) {}
        void resume() override { resumed_->set(); }
        void cancel() override { cancelled_->set(); }
        SignalPtr cancelled_;
        SignalPtr resumed_;
    };

    std::vector<std::string> formats_{"openai.chat"};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Started> started_;
};

}  // namespace aihub::testing
