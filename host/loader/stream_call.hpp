// One call of a stream-tier plugin.
#pragma once

#include "capability/loop.hpp"
#include "capability/provider.hpp"
#include "loader/call_table.hpp"
#include "loader/instance.hpp"

#include <aihub/ext/provider_stream.h>

#include <atomic>
#include <memory>
#include <vector>

namespace aihub::loader {

// The part of a call that lives until the plugin has let go of it. Shared by the StreamCall, the slot of the handle and
// tasks on the loop: plugin threads may be inside when the client leaves. Functions [loop] unless they say otherwise.
//
// The plugin's destroy() runs on the loop after its own complete() has been taken. A plugin that does not complete
// within the grace time after cancel() is completed by the host, counted (aihub_plugin_cancel_overdue_total) and told
// AIHUB_GONE; its state is kept until it completes, because its threads may still use it.
class StreamState final : public CallOwner, public std::enable_shared_from_this<StreamState> {
public:
    StreamState(std::shared_ptr<Instance> instance, std::shared_ptr<capability::CallSink> sink, capability::Loop& loop);

    Result<void> start(const capability::ProviderRequest& request);
    void resume();
    void cancel();
    // Nobody waits for events any more.
    void release();

private:
    void run_posted(void (*function)(aihub_callstate*, void*), void* argument) override;
    void plugin_completed() override;
    void used_late(const char* function) override;
    [[nodiscard]] bool wanted() const override { return !released_.load(std::memory_order_acquire); }

    [[nodiscard]] CallSlot& slot() const { return *CallTable::instance().slot(handle_); }
    void tell_cancel();
    void grace_is_over();
    void finish();

    const std::shared_ptr<Instance> instance_;
    const aihub_provider_stream_v1& stream_;
    const std::shared_ptr<capability::CallSink> sink_;
    capability::Loop& loop_;
    aihub_call* handle_ = nullptr;
    aihub_callstate* state_ = nullptr;
    std::vector<aihub_json_member> members_;
    std::uint64_t grace_timer_ = 0;
    bool cancelled_ = false;
    bool abandoned_ = false;
    bool finished_ = false;
    std::atomic<bool> released_{false};
    std::atomic<bool> plugin_done_{false};
};

// What the gateway holds.
class PluginStreamCall final : public capability::StreamCall {
public:
    // On a loop, which serves the call from now on. Error: the plugin refused, or this thread is not a loop.
    [[nodiscard]] static Result<std::unique_ptr<capability::StreamCall>> start(
        std::shared_ptr<Instance> instance,
        const capability::ProviderRequest& request,
        std::shared_ptr<capability::CallSink> sink
    );
    ~PluginStreamCall() override { state_->release(); }
    PluginStreamCall(const PluginStreamCall&) = delete;
    PluginStreamCall& operator=(const PluginStreamCall&) = delete;

    void resume() override { state_->resume(); }
    void cancel() override { state_->cancel(); }

private:
    explicit PluginStreamCall(std::shared_ptr<StreamState> state) : state_(std::move(state)) {}

    const std::shared_ptr<StreamState> state_;
};

}  // namespace aihub::loader
