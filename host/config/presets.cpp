#include "config/presets.hpp"

#include "config/base_url.hpp"
#include "config/nearest.hpp"

#include <algorithm>
#include <tuple>

namespace aihub::config {
namespace {

std::string full_name(const Preset& preset) {
    return preset.plugin + "/" + preset.name;
}

}  // namespace

Presets::Presets(std::vector<Preset> presets) : presets_(std::move(presets)) {
    std::stable_sort(presets_.begin(), presets_.end(), [](const Preset& a, const Preset& b) {
        return std::tie(a.name, a.plugin) < std::tie(b.name, b.plugin);
    });
}

Result<const Preset*> Presets::find(std::string_view name, std::string_view plugin) const {
    std::vector<const Preset*> found;
    std::vector<std::string> names;
    for (const Preset& preset : presets_) {
        if (!plugin.empty() && preset.plugin != plugin) {
            continue;
        }
        names.push_back(name.find('/') == std::string_view::npos ? preset.name : full_name(preset));
        if (names.back() == name) {
            found.push_back(&preset);
        }
    }
    if (found.size() == 1) {
        return found.front();
    }
    if (!found.empty()) {
        return Error{
            Errc::invalid_request,
            "more than one plugin has a preset of this name, write " + full_name(*found[0]) + " or " +
                full_name(*found[1])};
    }
    const std::string whose =
        plugin.empty() ? "no plugin has a preset of this name" : "the plugin has no preset of this name";
    auto remedy = did_you_mean(name, names);
    remedy = remedy.empty() ? ", correct it or put the plugin in place" : remedy;
    return Error{Errc::invalid_request, whose + remedy};
}

const Preset* Presets::named(std::string_view name) const {
    const auto found = find(name, {});
    return found ? *found : nullptr;
}

std::string environment_value(const Sources& sources, const std::string& name) {
    return name.empty() ? std::string() : sources.environment(name).value_or("");
}

Result<Provider> provider_of(const Preset& preset, const Sources& sources) {
    Provider provider;
    provider.plugin = preset.plugin;
    provider.preset = preset.name;
    provider.base_url = preset.base_url;
    provider.settings_json = preset.settings_json;
    provider.models = preset.models;
    provider.formats = preset.formats;
    for (const auto& [name, variable] : preset.secret_envs) {
        if (auto value = environment_value(sources, variable); !value.empty()) {
            provider.secrets.insert_or_assign(name, Secret(std::move(value)));
        }
    }
    if (const auto value = environment_value(sources, preset.base_url_env); !value.empty()) {
        auto url = check_base_url(complete_base_url(value, preset.base_url_suffix));
        if (!url) {
            return Error{
                Errc::invalid_request, "environment variable " + preset.base_url_env + ": " + url.error().message};
        }
        provider.base_url = *std::move(url);
    }
    return provider;
}

bool has_secrets(const Preset& preset, const Provider& provider) {
    return std::all_of(preset.secret_envs.begin(), preset.secret_envs.end(), [&](const auto& one) {
        return provider.secrets.contains(one.first);
    });
}

}  // namespace aihub::config
