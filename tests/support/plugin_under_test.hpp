// A plugin library with one instance, over a FakePluginHost.
#pragma once

#include "support/fake_plugin_host.hpp"

#include <aihub/json_read.hpp>

#include <dlfcn.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace aihub::testing {

// What the head of the client's request tells beside the format; empty: nothing.
struct RequestLine {
    std::string method;
    std::string path;
    std::string query;
    std::string beta{};
    std::string format_version{};
};

// A request and the storage behind it. Stays where it is made.
class FakeRequest {
public:
    FakeRequest(std::string format, std::string model, std::string body, std::uint32_t flags, RequestLine line = {})
        : format_(std::move(format)), model_(std::move(model)), body_(std::move(body)), line_(std::move(line)) {
        const auto document = sdk::JsonDocument::parse(body_);
        for (const sdk::JsonValue member : document ? document->root() : sdk::JsonValue{}) {
            names_.push_back(std::make_unique<std::string>(member.key()));
            members_.push_back({slice_of(*names_.back()), slice_of(member.raw())});
        }
        request_ = {
            sizeof request_,
            flags,
            slice_of(format_),
            slice_of(model_),
            slice_of("req_test"),
            slice_of(body_),
            members_.data(),
            members_.size(),
            slice_of(line_.method),
            slice_of(line_.path),
            slice_of(line_.query),
            {},
            slice_of(line_.beta),
            slice_of(line_.format_version)};
    }
    FakeRequest(const FakeRequest&) = delete;
    const aihub_request* get() const { return &request_; }
    const std::string& body() const { return body_; }

private:
    std::string format_, model_, body_;
    RequestLine line_;
    std::vector<std::unique_ptr<std::string>> names_;
    std::vector<aihub_json_member> members_;
    aihub_request request_{};
};

// Loads, initialises and makes the instance; the destructor undoes it in order. The library stays mapped, so that leak
// reports have names.
class PluginUnderTest {
public:
    explicit PluginUnderTest(
        const std::string& library,
        const std::string& settings = "{}",
        const std::function<void(FakePluginHost&)>& prepare = [](FakePluginHost&) {}
    ) {
        prepare(host);
        void* opened = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (opened == nullptr) {
            throw std::runtime_error(dlerror());
        }
        entry = reinterpret_cast<aihub_plugin_entry_fn>(dlsym(opened, AIHUB_PLUGIN_ENTRY_SYMBOL))();
        if (entry->init(host.host(), &plugin_, host.error()) != AIHUB_OK) {
            throw std::runtime_error(host.error_message);
        }
        lifecycle_ = extension<aihub_lifecycle_v1>(AIHUB_EXT_LIFECYCLE);
        create_status =
            lifecycle_->create(plugin_, &host, slice_of("test"), slice_of(settings), &instance, host.error());
    }
    PluginUnderTest(const PluginUnderTest&) = delete;
    ~PluginUnderTest() {
        end_instance();
        entry->deinit(plugin_);
    }
    // A new instance takes the place of the old one, as when the configuration is read again.
    void reload(const std::string& settings) {
        aihub_instance* made = nullptr;
        create_status = lifecycle_->create(plugin_, &host, slice_of("test"), slice_of(settings), &made, host.error());
        end_instance();
        host.forget_timers();
        instance = made;
    }
    template <class Table>
    const Table* extension(const char* id) const {
        return static_cast<const Table*>(entry->get_extension(plugin_, id));
    }

    FakePluginHost host;
    const aihub_plugin_entry* entry = nullptr;
    aihub_instance* instance = nullptr;
    aihub_status create_status = AIHUB_OK;

private:
    void end_instance() {
        if (instance != nullptr) {
            if (AIHUB_HAS(lifecycle_, aihub_lifecycle_v1, quiesce)) {
                lifecycle_->quiesce(instance);
            }
            lifecycle_->destroy(instance);
        }
    }

    aihub_plugin* plugin_ = nullptr;
    const aihub_lifecycle_v1* lifecycle_ = nullptr;
};

}  // namespace aihub::testing
