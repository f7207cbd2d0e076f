// One attempt by a codec plugin.
#pragma once

#include "capability/provider.hpp"
#include "loader/abi_error.hpp"
#include "loader/call_table.hpp"
#include "loader/http_request.hpp"
#include "loader/instance.hpp"

#include <aihub/ext/provider_codec.h>

#include <memory>
#include <vector>

namespace aihub::loader {

// Made by build(); lives on one loop. Whatever the plugin does, its callbacks come in the order of provider_codec.h:
// the destructor says on_end(AIHUB_CANCELLED) first when nobody has, and destroy() exactly once. The sink hears of at
// most one end; a plugin that ends without one is completed as internal. A callback that runs costs no allocation.
class PluginCodecCall final : public capability::CodecCall, private CallOwner {
public:
    [[nodiscard]] static Result<std::unique_ptr<capability::CodecCall>> build(
        std::shared_ptr<Instance> instance, const capability::ProviderRequest& request, capability::CallSink& sink
    );
    ~PluginCodecCall() override;
    PluginCodecCall(const PluginCodecCall&) = delete;
    PluginCodecCall& operator=(const PluginCodecCall&) = delete;

    [[nodiscard]] const capability::HttpRequest& request() const override { return view_->request(); }
    Result<void> on_head(int status, std::span<const capability::Header> headers) override;
    Result<void> on_frame(std::string_view event, std::string_view data) override;
    Result<void> on_end(capability::FrameEnd why) override;

private:
    PluginCodecCall(std::shared_ptr<Instance> instance, capability::CallSink& sink);
    Result<void> initialise(const capability::ProviderRequest& request);
    template <class Call>
    Result<void> callback(Function function, Call&& call);

    void run_posted(void (*function)(aihub_callstate*, void*), void* argument) override;
    void plugin_completed() override { completed_ = true; }
    void used_late(const char* function) override;
    [[nodiscard]] bool wanted() const override { return wanted_; }

    const std::shared_ptr<Instance> instance_;
    const aihub_provider_codec_v1& codec_;
    capability::CallSink& sink_;
    aihub_call* handle_ = nullptr;
    CallSlot* slot_ = nullptr;
    aihub_callstate* state_ = nullptr;
    bool built_ = false;
    bool ended_ = false;
    bool completed_ = false;
    bool wanted_ = true;
    aihub_error error_;
    std::vector<aihub_json_member> members_;
    std::vector<aihub_header> headers_;
    std::optional<RequestView> view_;
};

}  // namespace aihub::loader
