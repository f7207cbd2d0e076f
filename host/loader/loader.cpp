#include "loader/loader.hpp"

#include "loader/codec_call.hpp"
#include "loader/instance.hpp"
#include "loader/stream_call.hpp"
#include "loader/trace_sink_abi.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace aihub::loader {
namespace {

class PluginProvider final : public capability::Provider {
public:
    explicit PluginProvider(std::shared_ptr<Instance> instance) : instance_(std::move(instance)) {}
    // The task keeps the instance, so destroy() is queued after quiesce().
    ~PluginProvider() override {
        instance_->plugin().core().control.post([instance = instance_] { instance->quiesce(); });
    }
    PluginProvider(const PluginProvider&) = delete;
    PluginProvider& operator=(const PluginProvider&) = delete;

    [[nodiscard]] capability::ProviderTier tier() const override {
        return instance_->plugin().codec() != nullptr ? capability::ProviderTier::codec
                                                      : capability::ProviderTier::stream;
    }
    [[nodiscard]] std::span<const std::string> formats() const override {
        return instance_->plugin().manifest().formats;
    }

    [[nodiscard]] Result<std::unique_ptr<capability::CodecCall>> build(
        const capability::ProviderRequest& request, capability::CallSink& sink
    ) override {
        if (instance_->plugin().codec() == nullptr) {
            return Error{Errc::internal, "provider " + instance_->name() + " is not a codec"};
        }
        return PluginCodecCall::build(instance_, request, sink);
    }

    [[nodiscard]] Result<std::unique_ptr<capability::StreamCall>> start(
        const capability::ProviderRequest& request, std::shared_ptr<capability::CallSink> sink
    ) override {
        if (instance_->plugin().stream() == nullptr) {
            return Error{Errc::internal, "provider " + instance_->name() + " is not a stream provider"};
        }
        return PluginStreamCall::start(instance_, request, std::move(sink));
    }

private:
    const std::shared_ptr<Instance> instance_;
};

PluginInfo refusal(std::string file, std::string reason) {
    PluginInfo info;
    info.file = std::move(file);
    info.reason = std::move(reason);
    return info;
}

}  // namespace

std::shared_ptr<capability::Provider> make_provider(std::shared_ptr<Instance> instance) {
    return std::make_shared<PluginProvider>(std::move(instance));
}

Loader::Loader(LoaderOptions options, Services services) : core_(std::make_shared<Core>(std::move(options), services)) {
    core_->control.start();
}

Loader::~Loader() {
    core_->work.stop();
    core_->control.flush();
    plugins_.clear();
    core_->control.stop();
}

void Loader::load_directories(const std::vector<std::string>& directories) {
    for (const std::string& directory : directories) {
        std::error_code failed;
        std::vector<std::string> files;
        for (std::filesystem::directory_iterator at(directory, failed), end; !failed && at != end;
             at.increment(failed)) {
            if (at->path().extension() == ".so") {
                files.push_back(at->path());
            }
        }
        if (failed) {
            std::erase_if(list_, [&](const PluginInfo& info) { return info.file == directory; });
            list_.push_back(refusal(directory, "cannot read the plugin directory: " + failed.message()));
        }
        std::sort(files.begin(), files.end());
        for (const std::string& file : files) {
            load_file(file);
        }
    }
}

void Loader::load_file(const std::string& file) {
    const auto known =
        std::find_if(list_.begin(), list_.end(), [&](const PluginInfo& info) { return info.file == file; });
    if (known != list_.end() && known->state == PluginInfo::State::loaded) {
        return;
    }
    PluginInfo info;
    info.file = file;
    Result<std::shared_ptr<Plugin>> plugin = open(file, info);
    if (plugin) {
        plugins_.push_back(*std::move(plugin));
        info.state = PluginInfo::State::loaded;
        for (const std::string& warning : info.warnings) {
            core_->services.log.warn("plugin warning", {{"plugin", info.id}, {"warning", warning}});
        }
    } else {
        info.reason = plugin.error().message;
        core_->services.log.error("plugin refused", {{"file", file}, {"reason", info.reason}});
    }
    if (known != list_.end()) {
        *known = std::move(info);
        return;
    }
    list_.push_back(std::move(info));
}

Result<std::shared_ptr<Plugin>> Loader::open(const std::string& file, PluginInfo& info) {
    std::shared_ptr<Plugin> plugin = AIHUB_TRY(Plugin::load(file, core_, info.warnings));
    const Introduction& introduction = plugin->introduction();
    for (const std::shared_ptr<Plugin>& other : plugins_) {
        if (other->introduction().id == introduction.id) {
            return Error{
                Errc::conflict,
                "the plugin " + introduction.id + " is already loaded from " + other->path() + " (version " +
                    other->introduction().version + ", this one is " + introduction.version +
                    "): remove one of the two files"};
        }
    }
    info.id = introduction.id;
    info.version = introduction.version;
    info.built_with = introduction.built_with;
    info.abi = introduction.abi;
    info.name = introduction.manifest.name;
    info.description = introduction.manifest.description;
    info.families = introduction.manifest.families;
    info.formats = introduction.manifest.formats;
    return plugin;
}

std::vector<config::Preset> Loader::presets() const {
    std::vector<config::Preset> all;
    for (const std::shared_ptr<Plugin>& plugin : plugins_) {
        const std::vector<config::Preset>& own = plugin->manifest().presets;
        all.insert(all.end(), own.begin(), own.end());
    }
    return all;
}

Result<std::shared_ptr<Plugin>> Loader::find(const std::string& id, const std::string& block) const {
    std::string ids;
    for (const std::shared_ptr<Plugin>& plugin : plugins_) {
        if (plugin->introduction().id == id) {
            return plugin;
        }
        ids += (ids.empty() ? "" : ", ") + plugin->introduction().id;
    }
    return Error{
        Errc::not_found,
        block + ": there is no plugin " + id +
            (ids.empty() ? std::string(", and no other: check plugins.directories") : ": there are " + ids)};
}

Result<std::shared_ptr<capability::Provider>> Loader::create_provider(const config::Provider& provider) {
    const std::string block = "providers." + provider.name;
    std::shared_ptr<Plugin> plugin = AIHUB_TRY(find(provider.plugin, block));
    if (plugin->codec() == nullptr && plugin->stream() == nullptr) {
        return Error{Errc::invalid_request, block + ": the plugin " + provider.plugin + " is no provider"};
    }
    return make_provider(AIHUB_TRY(Instance::create(std::move(plugin), provider, block)));
}

Result<std::shared_ptr<capability::TraceSink>> Loader::create_trace_sink(const config::Provider& sink) {
    const std::string block = "tracing";
    std::shared_ptr<Plugin> plugin = AIHUB_TRY(find(sink.plugin, block));
    if (plugin->trace_sink() == nullptr) {
        return Error{Errc::invalid_request, block + ": the plugin " + sink.plugin + " takes no spans"};
    }
    return make_trace_sink(AIHUB_TRY(Instance::create(std::move(plugin), sink, block)));
}

}  // namespace aihub::loader
