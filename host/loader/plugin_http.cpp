#include "loader/plugin_http.hpp"

#include "loader/abi_error.hpp"
#include "loader/http_request.hpp"
#include "loader/instance.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace aihub::loader {
namespace {

constexpr std::chrono::nanoseconds kTimeoutMax = std::chrono::hours(1);

aihub_status to_status(capability::ExchangeEnd end) {
    switch (end) {
        case capability::ExchangeEnd::complete:
            return AIHUB_OK;
        case capability::ExchangeEnd::cancelled:
            return AIHUB_CANCELLED;
        case capability::ExchangeEnd::timeout:
            return AIHUB_E_TIMEOUT;
        case capability::ExchangeEnd::upstream:
            return AIHUB_E_UPSTREAM;
        case capability::ExchangeEnd::unavailable:
            return AIHUB_E_UNAVAILABLE;
        case capability::ExchangeEnd::limit:
            return AIHUB_E_LIMIT;
    }
    return AIHUB_E_INTERNAL;
}

// From the client's callbacks to the plugin's.
class Exchange final : public capability::HttpSink {
public:
    Exchange(std::shared_ptr<Instance> instance, const aihub_http_sink& sink)
        : instance_(std::move(instance)), sink_(sink) {}

    void on_head(int status, std::span<const capability::Header> headers) override {
        std::vector<aihub_header> list;
        list.reserve(headers.size());
        for (const capability::Header& header : headers) {
            list.push_back({slice(header.name), slice(header.value)});
        }
        invoke(meter(), Function::http_head, [&] { sink_.on_head(sink_.context, status, list.data(), list.size()); });
    }

    void on_frame(std::string_view event, std::string_view data) override {
        invoke(meter(), Function::http_frame, [&] { sink_.on_frame(sink_.context, slice(event), slice(data)); });
    }

    void on_end(capability::ExchangeEnd end) override {
        invoke(meter(), Function::http_end, [&] { sink_.on_end(sink_.context, to_status(end)); });
    }

private:
    [[nodiscard]] CallMeter& meter() const { return instance_->plugin().meter(); }

    const std::shared_ptr<Instance> instance_;
    const aihub_http_sink sink_;
};

// Copies, and puts the secrets in. A header whose secret is not configured is left out, as the ABI says.
capability::OwnedHttpRequest own(const capability::HttpRequest& request, const Instance& instance) {
    capability::OwnedHttpRequest owned;
    owned.method = request.method;
    owned.path = request.path;
    owned.framing = request.framing;
    for (const capability::RequestHeader& header : request.headers) {
        if (header.secret.empty()) {
            owned.headers.emplace_back(header.name, header.value);
            continue;
        }
        const Secret* secret = instance.secret(header.secret);
        if (secret != nullptr && is_header_value(secret->expose())) {
            owned.headers.emplace_back(header.name, std::string(header.value) + std::string(secret->expose()));
        }
    }
    for (const std::string_view part : request.body) {
        owned.body += part;
    }
    return owned;
}

bool is_sink(const aihub_http_sink* sink) {
    constexpr auto kMinimum = offsetof(aihub_http_sink, on_end) + sizeof(sink->on_end);
    return sink != nullptr && sink->struct_size >= kMinimum && sink->on_head != nullptr && sink->on_frame != nullptr &&
           sink->on_end != nullptr;
}

aihub_status http_start(
    void* host_instance,
    aihub_slice origin,
    const aihub_http_request* request,
    std::int64_t timeout_ns,
    const aihub_http_sink* sink,
    std::uint64_t* id
) {
    const std::shared_ptr<Instance> instance = Instance::of(host_instance);
    if (instance == nullptr) {
        return AIHUB_E_UNAVAILABLE;
    }
    if (request == nullptr || id == nullptr || !is_sink(sink)) {
        return AIHUB_E_INVALID;
    }
    const Result<std::string> wanted =
        origin.len == 0 && !instance->base_origin().empty() ? instance->base_origin() : origin_of(view(origin));
    if (!wanted) {
        return AIHUB_E_INVALID;
    }
    if (!instance->may_reach(*wanted)) {
        return AIHUB_E_DENIED;
    }
    const Result<RequestView> checked = RequestView::create(*request);
    if (!checked) {
        return AIHUB_E_INVALID;
    }
    capability::OwnedHttpRequest owned = own(checked->request(), *instance);
    owned.origin = *wanted;
    const std::chrono::nanoseconds timeout(timeout_ns);
    owned.timeout = timeout_ns <= 0 || timeout > kTimeoutMax ? kTimeoutMax : timeout;
    *id = instance->plugin().core().services.http->start(std::move(owned), std::make_shared<Exchange>(instance, *sink));
    return *id == 0 ? AIHUB_E_UNSUPPORTED : AIHUB_OK;
}

void http_pause(void* host_instance, std::uint64_t id, std::int32_t on) {
    if (const std::shared_ptr<Instance> instance = Instance::of(host_instance)) {
        instance->plugin().core().services.http->pause(id, on != 0);
    }
}

void http_cancel(void* host_instance, std::uint64_t id) {
    if (const std::shared_ptr<Instance> instance = Instance::of(host_instance)) {
        instance->plugin().core().services.http->cancel(id);
    }
}

}  // namespace

const aihub_http_v1& http_extension() {
    static constexpr aihub_http_v1 kHttp = {sizeof(aihub_http_v1), 0, &http_start, &http_pause, &http_cancel};
    return kHttp;
}

}  // namespace aihub::loader
