#include "loader/stream_call.hpp"

#include "loader/call_abi.hpp"

#include <utility>

namespace aihub::loader {

StreamState::StreamState(
    std::shared_ptr<Instance> instance, std::shared_ptr<capability::CallSink> sink, capability::Loop& loop
)
    : instance_(std::move(instance)), stream_(*instance_->plugin().stream()), sink_(std::move(sink)), loop_(loop) {}

Result<void> StreamState::start(const capability::ProviderRequest& request) {
    handle_ = CallTable::instance().open(sink_, shared_from_this());
    if (handle_ == nullptr) {
        return Error{Errc::unavailable, "too many calls at once: try again later"};
    }
    CallMeter& meter = instance_->plugin().meter();
    const aihub_request abi = to_abi(request, members_);
    aihub_error error;
    const aihub_status status = invoke(meter, Function::start, aihub_status{AIHUB_E_INTERNAL}, [&] {
        return stream_.start(instance_->raw(), handle_, &abi, &state_, &error);
    });
    if (status == AIHUB_OK) {
        return {};
    }
    if (!known_status(status) || status > AIHUB_OK) {
        meter.fault(Function::start, "answered " + status_name(status));
    }
    finished_ = true;
    released_.store(true);
    CallTable::instance().close(handle_);
    return to_error("start", status, error, Errc::upstream_failed);
}

void StreamState::resume() {
    if (!finished_ && !plugin_done_.load(std::memory_order_acquire)) {
        invoke(instance_->plugin().meter(), Function::resume, [this] { stream_.resume(state_); });
    }
}

void StreamState::cancel() {
    if (!finished_ && !plugin_done_.load(std::memory_order_acquire)) {
        tell_cancel();
    }
}

void StreamState::tell_cancel() {
    if (cancelled_) {
        return;
    }
    cancelled_ = true;
    grace_timer_ = loop_.start_timer(instance_->plugin().core().options.cancel_grace, [self = shared_from_this()] {
        self->grace_is_over();
    });
    invoke(instance_->plugin().meter(), Function::cancel, [this] { stream_.cancel(state_); });
}

void StreamState::grace_is_over() {
    grace_timer_ = 0;
    if (finished_ || plugin_done_.load(std::memory_order_acquire)) {
        return;
    }
    abandoned_ = true;
    instance_->abandoned.fetch_add(1, std::memory_order_relaxed);
    Plugin& plugin = instance_->plugin();
    plugin.core()
        .services.metrics
        .counter(
            "aihub_plugin_cancel_overdue_total",
            "Cancelled calls that a plugin did not complete in time.",
            {{"plugin", plugin.introduction().id}}
        )
        .add();
    plugin.meter().fault(Function::cancel, "did not complete a cancelled call in time");
    if (slot().phase.exchange(CallSlot::Phase::completed, std::memory_order_acq_rel) == CallSlot::Phase::open &&
        wanted()) {
        capability::Failure failure;
        failure.message = "the provider plugin did not end a cancelled call in time";
        sink_->complete(&failure);
    }
}

void StreamState::plugin_completed() {
    if (plugin_done_.exchange(true)) {
        return;
    }
    // Either this thread sees the release, or the releasing one sees this end; both orders lead to one finish().
    if (released_.load()) {
        loop_.post([self = shared_from_this()] { self->finish(); });
    }
}

void StreamState::release() {
    released_.store(true);
    if (finished_) {
        return;
    }
    if (plugin_done_.load()) {
        finish();
        return;
    }
    // Between complete() and its return the plugin is ending by itself.
    if (slot().phase.load(std::memory_order_acquire) == CallSlot::Phase::open) {
        tell_cancel();
    }
}

void StreamState::finish() {
    if (finished_) {
        return;
    }
    finished_ = true;
    if (grace_timer_ != 0) {
        loop_.cancel_timer(grace_timer_);
        grace_timer_ = 0;
    }
    if (abandoned_) {
        instance_->abandoned.fetch_sub(1, std::memory_order_relaxed);
    }
    const std::shared_ptr<StreamState> keep = shared_from_this();  // The slot's reference goes with close().
    invoke(instance_->plugin().meter(), Function::destroy, [this] { stream_.destroy(state_); });
    CallTable::instance().close(handle_);
}

void StreamState::used_late(const char* function) {
    const bool emitted = std::string_view(function) == "emit";
    // Before the plugin's own end it was the host that completed, and the plugin may not know yet.
    if (plugin_done_.load(std::memory_order_acquire)) {
        instance_->plugin().meter().fault(emitted ? Function::emit : Function::complete, "came after the call's end");
    }
}

void StreamState::run_posted(void (*function)(aihub_callstate*, void*), void* argument) {
    if (!finished_ && wanted()) {
        invoke(instance_->plugin().meter(), Function::post, [&] { function(state_, argument); });
    }
}

Result<std::unique_ptr<capability::StreamCall>> PluginStreamCall::start(
    std::shared_ptr<Instance> instance,
    const capability::ProviderRequest& request,
    std::shared_ptr<capability::CallSink> sink
) {
    capability::Loop* const loop = instance->plugin().core().services.loops.current();
    if (loop == nullptr) {
        return Error{Errc::internal, "a stream provider is started on an event loop only"};
    }
    if (instance->abandoned.load(std::memory_order_relaxed) >= Instance::kAbandonedMax) {
        return Error{Errc::unavailable, "provider " + instance->name() + " has too many calls that it did not end"};
    }
    const auto state = std::make_shared<StreamState>(std::move(instance), std::move(sink), *loop);
    AIHUB_CHECK(state->start(request));
    return std::unique_ptr<capability::StreamCall>(new PluginStreamCall(state));
}

}  // namespace aihub::loader
