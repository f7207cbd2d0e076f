// One loaded and initialised plugin.
#pragma once

#include "base/guarded.hpp"
#include "base/secret.hpp"
#include "loader/call_meter.hpp"
#include "loader/core.hpp"
#include "loader/plugin_log.hpp"
#include "loader/plugin_metrics.hpp"

#include <aihub/aihub.h>

#include <memory>
#include <string>
#include <vector>

namespace aihub::loader {

// Shared by its instances and the loader, because the last of them to go decides when deinit() runs; deinit() runs as a
// [control] task. The library stays mapped.
class Plugin {
public:
    // Inspects, opens, negotiates, calls init() and checks that every claimed family is answered completely. [control]
    // Error: why it is refused. `warnings` receives what is allowed but not good.
    [[nodiscard]] static Result<std::shared_ptr<Plugin>> load(
        const std::string& path, std::shared_ptr<Core> core, std::vector<std::string>& warnings
    );
    ~Plugin();
    Plugin(const Plugin&) = delete;
    Plugin& operator=(const Plugin&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] const Introduction& introduction() const { return introduction_; }
    [[nodiscard]] const Manifest& manifest() const { return introduction_.manifest; }
    [[nodiscard]] const aihub_plugin_entry* entry() const { return &entry_; }
    [[nodiscard]] aihub_plugin* raw() const { return raw_; }
    [[nodiscard]] const aihub_lifecycle_v1& lifecycle() const { return *lifecycle_; }
    [[nodiscard]] const aihub_provider_codec_v1* codec() const { return codec_; }        // nullptr: not this tier
    [[nodiscard]] const aihub_provider_stream_v1* stream() const { return stream_; }     // nullptr: not this tier
    [[nodiscard]] const aihub_trace_sink_v1* trace_sink() const { return trace_sink_; }  // nullptr: not this family
    [[nodiscard]] CallMeter& meter() { return meter_; }
    [[nodiscard]] Core& core() const { return *core_; }
    [[nodiscard]] PluginLog& log() { return log_; }
    [[nodiscard]] PluginMetrics& metrics() { return metrics_; }

    // The plugin behind a host handle that was given to init().
    [[nodiscard]] static Plugin& of(const aihub_host* host) { return *static_cast<Plugin*>(host->host_data); }

private:
    Plugin(std::string path, const aihub_plugin_entry& entry, Introduction introduction, std::shared_ptr<Core> core);
    Result<void> initialise();
    Result<void> find_families();

    const std::string path_;
    const aihub_plugin_entry& entry_;  // constant, in the library
    const Introduction introduction_;
    const std::shared_ptr<Core> core_;
    CallMeter meter_;
    PluginLog log_;
    PluginMetrics metrics_;
    aihub_host host_{};
    aihub_plugin* raw_ = nullptr;
    bool initialised_ = false;
    const aihub_lifecycle_v1* lifecycle_ = nullptr;
    const aihub_provider_codec_v1* codec_ = nullptr;
    const aihub_provider_stream_v1* stream_ = nullptr;
    const aihub_trace_sink_v1* trace_sink_ = nullptr;
};

// The host's extension of that id, or nullptr. Implements aihub_host.get_extension.
[[nodiscard]] const void* host_extension(const aihub_host* host, const char* id);

}  // namespace aihub::loader
