// Instances: one object for each configured block, and optionally one for the library that they share.
#pragma once

#include <aihub/ext/lifecycle.h>
#include <aihub/instance_services.hpp>
#include <aihub/json_read.hpp>

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace aihub::sdk {

// What an instance is made from. `services` lives as long as the instance; the rest only during create().
struct InstanceContext {
    const InstanceServices& services;
    std::string_view name;  // of the block in the configuration
    JsonValue settings;     // its `settings`, already valid against the manifest's config_schema
};

// An author's instance class is thread-safe once made, because calls run on several loops at once:
//
//   class Echo {
//   public:
//       static aihub::Result<std::unique_ptr<Echo>> create(const aihub::sdk::InstanceContext& context);
//       void quiesce();                       // optional: no new calls will come
//   };
//
// When it names a type `Library` (made from `const Services&` in init(), the only place where metrics can be declared),
// create() takes a `Library&` as its second argument.
namespace detail {

struct NoLibrary {
    explicit NoLibrary(const Services& /*services*/) {}
};

template <class Instance>
struct LibraryOf {
    using Type = NoLibrary;
};
template <class Instance>
requires requires {
    typename Instance::Library;
}
struct LibraryOf<Instance> {
    using Type = typename Instance::Library;
};

template <class Instance>
struct PluginBox {
    explicit PluginBox(const aihub_host* host) : services(host), library(services) {}
    Services services;
    typename LibraryOf<Instance>::Type library;
};

template <class Instance>
struct InstanceBox {
    InstanceBox(const Services& common, void* host_instance) : services(common, host_instance) {}
    static InstanceBox& of(aihub_instance* instance) { return *reinterpret_cast<InstanceBox*>(instance); }
    InstanceServices services;
    std::unique_ptr<Instance> instance;
};

template <class Instance>
struct Lifecycle {
    using Box = InstanceBox<Instance>;

    static aihub_status create(
        aihub_plugin* plugin,
        void* host_instance,
        aihub_slice name,
        aihub_slice config_json,
        aihub_instance** instance,
        aihub_error* error
    ) {
        auto& owner = *reinterpret_cast<PluginBox<Instance>*>(plugin);
        return edge(owner.services, "create", error, [&] {
            const std::string_view text = config_json.len == 0 ? std::string_view("{}") : view(config_json);
            const auto settings = JsonDocument::parse(text);
            if (!settings) {
                return refuse(owner.services, error, settings.error());
            }
            auto box = std::make_unique<Box>(owner.services, host_instance);
            const InstanceContext context{box->services, view(name), settings->root()};
            auto made = [&] {
                if constexpr (requires { typename Instance::Library; }) {
                    return Instance::create(context, owner.library);
                } else {
                    return Instance::create(context);
                }
            }();
            if (!made) {
                return refuse(owner.services, error, made.error());
            }
            box->instance = *std::move(made);
            *instance = reinterpret_cast<aihub_instance*>(box.release());
            return AIHUB_OK;
        });
    }

    static void quiesce(aihub_instance* instance) {
        if constexpr (requires(Instance & object) { object.quiesce(); }) {
            auto& box = Box::of(instance);
            edge(box.services, "quiesce", nullptr, [&] {
                box.instance->quiesce();
                return AIHUB_OK;
            });
        }
    }

    static void destroy(aihub_instance* instance) { delete &Box::of(instance); }

    static constexpr aihub_lifecycle_v1 kTable{sizeof(aihub_lifecycle_v1), 0, &create, &quiesce, &destroy};
};

}  // namespace detail
}  // namespace aihub::sdk
