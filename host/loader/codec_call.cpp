#include "loader/codec_call.hpp"

#include "loader/call_abi.hpp"

#include <utility>

namespace aihub::loader {
namespace {

aihub_status to_status(capability::FrameEnd why) {
    switch (why) {
        case capability::FrameEnd::complete:
            return AIHUB_OK;
        case capability::FrameEnd::cancelled:
            return AIHUB_CANCELLED;
        case capability::FrameEnd::timeout:
            return AIHUB_E_TIMEOUT;
        case capability::FrameEnd::cut:
            return AIHUB_E_UPSTREAM;
    }
    return AIHUB_E_INTERNAL;
}

}  // namespace

PluginCodecCall::PluginCodecCall(std::shared_ptr<Instance> instance, capability::CallSink& sink)
    : instance_(std::move(instance)), codec_(*instance_->plugin().codec()), sink_(sink) {}

Result<std::unique_ptr<capability::CodecCall>> PluginCodecCall::build(
    std::shared_ptr<Instance> instance, const capability::ProviderRequest& request, capability::CallSink& sink
) {
    std::unique_ptr<PluginCodecCall> call(new PluginCodecCall(std::move(instance), sink));
    AIHUB_CHECK(call->initialise(request));
    return std::unique_ptr<capability::CodecCall>(std::move(call));
}

Result<void> PluginCodecCall::initialise(const capability::ProviderRequest& request) {
    handle_ = CallTable::instance().open(sink_, *this);
    if (handle_ == nullptr) {
        return Error{Errc::unavailable, "too many calls at once: try again later"};
    }
    slot_ = CallTable::instance().slot(handle_);
    const aihub_request abi = to_abi(request, members_);
    aihub_http_request http{};
    http.struct_size = sizeof http;
    aihub_status status = AIHUB_OK;
    {
        const ActiveCall active(*slot_);
        status = invoke(instance_->plugin().meter(), Function::build, aihub_status{AIHUB_E_INTERNAL}, [&] {
            return codec_.build(instance_->raw(), handle_, &abi, &http, &state_, &error_);
        });
    }
    if (status != AIHUB_OK) {
        if (!known_status(status) || status > AIHUB_OK) {
            instance_->plugin().meter().fault(Function::build, "answered " + status_name(status));
        }
        const bool later = status == AIHUB_E_UNAVAILABLE;
        return to_error("build", status, error_, later ? Errc::unavailable : Errc::internal);
    }
    built_ = true;
    Result<RequestView> view = RequestView::create(http);
    if (!view) {
        instance_->plugin().meter().fault(Function::build, view.error().message);
        return view.error();
    }
    view_ = *std::move(view);
    return {};
}

PluginCodecCall::~PluginCodecCall() {
    wanted_ = false;
    if (built_ && !ended_) {
        ended_ = true;
        const ActiveCall active(*slot_);
        invoke(instance_->plugin().meter(), Function::on_end, aihub_status{AIHUB_E_INTERNAL}, [this] {
            return codec_.on_end(state_, handle_, AIHUB_CANCELLED, &error_);
        });
    }
    if (built_) {
        invoke(instance_->plugin().meter(), Function::destroy, [this] { codec_.destroy(state_); });
    }
    if (handle_ != nullptr) {
        CallTable::instance().close(handle_);
    }
}

template <class Call>
Result<void> PluginCodecCall::callback(Function function, Call&& call) {
    if (ended_) {
        return Error{Errc::internal, "the call of the plugin has ended"};
    }
    error_.message.clear();
    aihub_status status = AIHUB_OK;
    {
        const ActiveCall active(*slot_);
        status = invoke(instance_->plugin().meter(), function, aihub_status{AIHUB_E_INTERNAL}, call);
    }
    // A codec hands back what emit() told it: that is no failure.
    if (status >= AIHUB_OK && status <= AIHUB_GONE) {
        return {};
    }
    slot_->phase.store(CallSlot::Phase::completed, std::memory_order_release);
    if (!known_status(status)) {
        instance_->plugin().meter().fault(function, "answered " + status_name(status));
    }
    return to_error(
        function_name(function),
        known_status(status) && status != AIHUB_E_INTERNAL ? AIHUB_E_UPSTREAM : status,
        error_,
        Errc::upstream_failed
    );
}

Result<void> PluginCodecCall::on_head(int status, std::span<const capability::Header> headers) {
    headers_.clear();
    headers_.reserve(headers.size());
    for (const capability::Header& header : headers) {
        headers_.push_back({slice(header.name), slice(header.value)});
    }
    return callback(Function::on_head, [&] {
        return codec_.on_head(state_, handle_, status, headers_.data(), headers_.size(), &error_);
    });
}

Result<void> PluginCodecCall::on_frame(std::string_view event, std::string_view data) {
    view_.reset();
    return callback(Function::on_frame, [&] {
        return codec_.on_frame(state_, handle_, slice(event), slice(data), &error_);
    });
}

Result<void> PluginCodecCall::on_end(capability::FrameEnd why) {
    wanted_ = wanted_ && why != capability::FrameEnd::cancelled;
    Result<void> done =
        callback(Function::on_end, [&] { return codec_.on_end(state_, handle_, to_status(why), &error_); });
    ended_ = true;
    if (!done || completed_ || !wanted_) {
        return done;
    }
    slot_->phase.store(CallSlot::Phase::completed, std::memory_order_release);
    instance_->plugin().meter().fault(Function::on_end, "ended without completing the call");
    capability::Failure failure;
    failure.message = "the provider plugin ended without an answer";
    sink_.complete(&failure);
    return {};
}

void PluginCodecCall::used_late(const char* function) {
    const bool emitted = std::string_view(function) == "emit";
    // After a failed callback the host has ended the call, and the plugin may not know yet.
    if (completed_) {
        instance_->plugin().meter().fault(emitted ? Function::emit : Function::complete, "came after the call's end");
    }
}

void PluginCodecCall::run_posted(void (*function)(aihub_callstate*, void*), void* argument) {
    if (!ended_) {
        const ActiveCall active(*slot_);
        invoke(instance_->plugin().meter(), Function::post, [&] { function(state_, argument); });
    }
}

}  // namespace aihub::loader
