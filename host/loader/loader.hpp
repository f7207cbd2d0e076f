// The plugins of the process: found, checked, loaded, listed, and turned into providers.
#pragma once

#include "capability/provider.hpp"
#include "capability/trace_sink.hpp"
#include "config/load.hpp"
#include "config/snapshot.hpp"
#include "loader/core.hpp"
#include "loader/plugin.hpp"

#include <memory>
#include <string>
#include <vector>

namespace aihub::loader {

class Instance;

// One file, as `aihub plugin list` shows it.
struct PluginInfo {
    enum class State { loaded, refused };
    std::string file;
    State state = State::refused;
    std::string reason;  // of a refusal: what was wrong and what to do
    std::vector<std::string> warnings;
    // Of a loaded one:
    std::string id;
    std::string version;
    std::string built_with;
    std::string abi;
    std::string name;
    std::string description;
    std::vector<std::string> families;
    std::vector<std::string> formats;
};

// app owns the only one. [control], but for the providers it makes, which are thread-safe.
//
// Providers: a provider may be released on any thread. When the last user of the Provider lets go, quiesce() of the
// instance is queued; when the last of its calls, jobs and HTTP exchanges is gone, too, destroy(). Both run on one
// control thread that the loader owns; so a reload makes new instances and the old ones drain by themselves. Libraries
// are never unmapped.
//
// Release every provider, and let the loops run dry, before the loader goes: its destructor waits for worker jobs, runs
// what is queued on the control thread and then calls deinit() of each plugin without living instances. What is still
// alive then is destroyed where it is released.
class Loader {
public:
    Loader(LoaderOptions options, Services services);
    ~Loader();
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;

    // Loads every *.so of `directories`, in order of name. A bad plugin is listed with its reason, and the others load.
    // A file that was loaded before is left alone, so this may be called again. A directory that cannot be read is
    // listed as a refusal, too.
    void load_directories(const std::vector<std::string>& directories);
    // Loads one file.
    void load_file(const std::string& file);

    [[nodiscard]] const std::vector<PluginInfo>& list() const { return list_; }
    // Presets of all loaded plugins, for config::PresetSource.
    [[nodiscard]] std::vector<config::Preset> presets() const;

    // Makes an instance. Error: no such plugin (with the ids that there are), settings that do not fit its schema, or
    // what its create() says; always with "providers.<name>".
    [[nodiscard]] Result<std::shared_ptr<capability::Provider>> create_provider(const config::Provider& provider);

    // The same for a plugin of the family trace-sink, with "tracing". Its functions run on one loop of the caller's
    // choice.
    [[nodiscard]] Result<std::shared_ptr<capability::TraceSink>> create_trace_sink(const config::Provider& sink);

    // Waits until everything queued on the control thread has run.
    void flush() { core_->control.flush(); }

private:
    [[nodiscard]] Result<std::shared_ptr<Plugin>> find(const std::string& id, const std::string& block) const;
    [[nodiscard]] Result<std::shared_ptr<Plugin>> open(const std::string& file, PluginInfo& info);

    const std::shared_ptr<Core> core_;
    std::vector<PluginInfo> list_;
    std::vector<std::shared_ptr<Plugin>> plugins_;
};

// A provider over an instance; see Loader for its end.
[[nodiscard]] std::shared_ptr<capability::Provider> make_provider(std::shared_ptr<Instance> instance);

}  // namespace aihub::loader
