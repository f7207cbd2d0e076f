#include "loader/plugin.hpp"

#include "loader/abi_error.hpp"
#include "loader/elf_image.hpp"
#include "loader/library.hpp"

#include <utility>

namespace aihub::loader {
namespace {

Error refuse(const std::string& message) {
    return Error{Errc::invalid_request, message};
}

// An extension struct that is long enough for minor 0 of its revision, or why not.
template <class Extension>
Result<const Extension*> extension(const aihub_plugin_entry& entry, aihub_plugin* plugin, const char* id) {
    const auto* found = static_cast<const Extension*>(entry.get_extension(plugin, id));
    if (found == nullptr) {
        return refuse(std::string("does not answer ") + id + ", which it must: claim and code must agree");
    }
    if (found->struct_size < sizeof(Extension)) {
        return refuse(
            std::string("its ") + id + " struct is " + std::to_string(found->struct_size) + " bytes, " +
            std::to_string(sizeof(Extension)) + " are needed: set struct_size"
        );
    }
    return found;
}

Error lacks(const char* id, const char* functions) {
    return refuse(std::string("its ") + id + " lacks one of " + functions + ": set them all");
}

}  // namespace

Plugin::Plugin(std::string path, const aihub_plugin_entry& entry, Introduction introduction, std::shared_ptr<Core> core)
    : path_(std::move(path)),
      entry_(entry),
      introduction_(std::move(introduction)),
      core_(std::move(core)),
      meter_(
          {introduction_.id, core_->options.call_budget},
          core_->services.log,
          core_->services.metrics,
          core_->services.clock
      ),
      log_(introduction_.id, core_->services.log, core_->services.metrics, core_->services.clock),
      metrics_(introduction_.id, core_->services.metrics) {
    host_.struct_size = sizeof host_;
    host_.abi_major = core_->options.host.abi_major;
    host_.abi_minor = core_->options.host.abi_minor;
    host_.host_data = this;
    host_.product = core_->options.host.product.c_str();
    host_.product_version = core_->options.host.product_version.c_str();
    host_.flavour = core_->options.host.flavour.c_str();
    host_.get_extension = &host_extension;
    host_.set_error = &set_error;
}

Result<std::shared_ptr<Plugin>> Plugin::load(
    const std::string& path, std::shared_ptr<Core> core, std::vector<std::string>& warnings
) {
    const ElfImage image = AIHUB_TRY(read_elf(path));
    AIHUB_CHECK(inspect(image, warnings));
    const aihub_plugin_entry* entry = AIHUB_TRY(open_library(path));
    Introduction introduction = AIHUB_TRY(negotiate(*entry, core->options.host));

    // The last owner may be an event loop or a plugin's thread: deinit() goes to the control thread from there.
    const auto dispose = [core](Plugin* plugin) { core->control.post([plugin] { delete plugin; }); };
    std::shared_ptr<Plugin> plugin(new Plugin(path, *entry, std::move(introduction), core), dispose);
    AIHUB_CHECK(core->control.run([&plugin] { return plugin->initialise(); }));
    return plugin;
}

Result<void> Plugin::initialise() {
    aihub_error error;
    aihub_plugin* raw = nullptr;
    const aihub_status status = invoke(meter_, Function::init, aihub_status{AIHUB_E_INTERNAL}, [&] {
        return entry_.init(&host_, &raw, &error);
    });
    metrics_.freeze();
    if (status != AIHUB_OK) {
        return refuse("its init failed: " + to_error("init", status, error, Errc::unavailable).message);
    }
    raw_ = raw;
    initialised_ = true;
    return find_families();
}

Result<void> Plugin::find_families() {
    lifecycle_ = AIHUB_TRY(extension<aihub_lifecycle_v1>(entry_, raw_, AIHUB_EXT_LIFECYCLE));
    if (lifecycle_->create == nullptr || lifecycle_->destroy == nullptr) {
        return lacks(AIHUB_EXT_LIFECYCLE, "create, destroy");
    }
    if (manifest().claims(kFamilyCodec)) {
        codec_ = AIHUB_TRY(extension<aihub_provider_codec_v1>(entry_, raw_, AIHUB_EXT_PROVIDER_CODEC));
        if (codec_->build == nullptr || codec_->on_head == nullptr || codec_->on_frame == nullptr ||
            codec_->on_end == nullptr || codec_->destroy == nullptr) {
            return lacks(AIHUB_EXT_PROVIDER_CODEC, "build, on_head, on_frame, on_end, destroy");
        }
    }
    if (manifest().claims(kFamilyStream)) {
        stream_ = AIHUB_TRY(extension<aihub_provider_stream_v1>(entry_, raw_, AIHUB_EXT_PROVIDER_STREAM));
        if (stream_->start == nullptr || stream_->resume == nullptr || stream_->cancel == nullptr ||
            stream_->destroy == nullptr) {
            return lacks(AIHUB_EXT_PROVIDER_STREAM, "start, resume, cancel, destroy");
        }
    }
    if (manifest().claims(kFamilyTraceSink)) {
        trace_sink_ = AIHUB_TRY(extension<aihub_trace_sink_v1>(entry_, raw_, AIHUB_EXT_TRACE_SINK));
        if (trace_sink_->take == nullptr || trace_sink_->flush == nullptr) {
            return lacks(AIHUB_EXT_TRACE_SINK, "take, flush");
        }
    }
    for (const std::string& family : manifest().families) {
        if (family != kFamilyCodec && family != kFamilyStream && family != kFamilyTraceSink) {
            return refuse("claims the family " + family + ", which this host does not know: update the host");
        }
    }
    return {};
}

Plugin::~Plugin() {
    if (initialised_) {
        invoke(meter_, Function::deinit, [this] { entry_.deinit(raw_); });
    }
}

}  // namespace aihub::loader
