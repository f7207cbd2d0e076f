// The whole plugin in one line:
//
//   AIHUB_PLUGIN("com.acme.echo", "0.1.0", aihub_manifest_json, aihub::sdk::ProviderCodec<Echo, EchoCall>)
//
// An id, a semantic version, the manifest (aihub_add_plugin(... MANIFEST plugin.json) generates <aihub_manifest.h>),
// and the families that the plugin speaks, which share one instance type.
#pragma once

#include <aihub/instance.hpp>
#include <aihub/plugin.h>
#include <aihub/provider_codec.hpp>
#include <aihub/provider_stream.hpp>
#include <aihub/trace_sink.hpp>

#include <cstring>
#include <memory>
#include <type_traits>

#if defined(__clang__)
#define AIHUB_BUILT_WITH "aihub-sdk 1.0, clang " __clang_version__
#else
#define AIHUB_BUILT_WITH "aihub-sdk 1.0, gcc " __VERSION__
#endif

namespace aihub::sdk::detail {

template <class First, class... Others>
struct Plugin {
    using Instance = typename First::Instance;
    using Box = PluginBox<Instance>;
    static_assert((std::is_same_v<Instance, typename Others::Instance> && ...), "families share one instance type");

    static aihub_status init(const aihub_host* host, aihub_plugin** plugin, aihub_error* error) {
        return edge(Services(host), "init", error, [&] {
            *plugin = reinterpret_cast<aihub_plugin*>(std::make_unique<Box>(host).release());
            return AIHUB_OK;
        });
    }
    static void deinit(aihub_plugin* plugin) { delete reinterpret_cast<Box*>(plugin); }

    static const void* get_extension(aihub_plugin* /*plugin*/, const char* id) {
        if (std::strcmp(id, AIHUB_EXT_LIFECYCLE) == 0) {
            return &Lifecycle<Instance>::kTable;
        }
        const void* found = nullptr;
        const auto look = [&]<class Family>() {
            if (std::strcmp(id, Family::kExtension) == 0) {
                found = Family::table();
            }
        };
        look.template operator()<First>();
        (look.template operator()<Others>(), ...);
        return found;
    }

    static constexpr aihub_plugin_entry entry(const char* id, const char* version, const char* manifest_json) {
        return {
            .struct_size = sizeof(aihub_plugin_entry),
            .reserved0 = 0,
            .abi_major = AIHUB_ABI_MAJOR,
            .abi_minor = AIHUB_ABI_MINOR,
            .abi_needs_minor = 0,
            .flags = 0,
            .id = id,
            .version = version,
            .built_with = AIHUB_BUILT_WITH,
            .flavour = "",
            .manifest_json = manifest_json,
            .init = &init,
            .deinit = &deinit,
            .get_extension = &get_extension,
        };
    }
};

}  // namespace aihub::sdk::detail

#define AIHUB_PLUGIN(id, version, manifest_json, ...)                                     \
    AIHUB_DEFINE_ENTRY(aihub_plugin_main) {                                               \
        static constexpr aihub_plugin_entry kEntry =                                      \
            ::aihub::sdk::detail::Plugin<__VA_ARGS__>::entry(id, version, manifest_json); \
        return &kEntry;                                                                   \
    }
