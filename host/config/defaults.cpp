#include "config/load.hpp"
#include "config/model_file.hpp"
#include "config/outbound_proxy.hpp"
#include "config/presets.hpp"
#include "config/problems.hpp"

#include <utility>

namespace aihub::config {
namespace {

// The first variable that turned the preset on.
std::string variable_of(const Preset& preset, const Sources& sources) {
    for (const auto& [name, variable] : preset.secret_envs) {
        if (!environment_value(sources, variable).empty()) {
            return variable;
        }
    }
    return environment_value(sources, preset.base_url_env).empty() ? std::string() : preset.base_url_env;
}

bool is_on(const Preset& preset, const Provider& provider, const Sources& sources) {
    if (preset.always_on) {
        return true;
    }
    if (preset.secret_required && !has_secrets(preset, provider)) {
        return false;
    }
    const bool reachable = !provider.base_url.empty() || preset.base_url_env.empty();
    return reachable && !variable_of(preset, sources).empty();
}

// Two plugins may have presets of one name; the second is told apart by the last part of its plugin's id.
std::string free_name(const Preset& preset, const std::map<std::string, Provider>& taken) {
    if (!taken.contains(preset.name)) {
        return preset.name;
    }
    return preset.plugin.substr(preset.plugin.rfind('.') + 1) + "-" + preset.name;
}

}  // namespace

Loaded load_defaults(const Sources& sources, const PresetSource& presets) {
    Problems problems("");
    Snapshot snapshot;
    snapshot.listen.emplace_back();
    snapshot.proxies = environment_proxies(sources);
    std::vector<std::string> chosen;
    const Presets known(presets(snapshot.plugins));
    for (const Preset& preset : known.all()) {
        auto provider = provider_of(preset, sources);
        if (!provider) {
            problems.add({}, {}, provider.error().message);
            continue;
        }
        if (!is_on(preset, *provider, sources)) {
            continue;
        }
        provider->name = free_name(preset, snapshot.providers);
        const std::string variable = variable_of(preset, sources);
        provider->source = variable.empty() ? "preset " + preset.name : "environment " + variable;
        if (!preset.always_on) {
            chosen.push_back(provider->name);
        }
        const std::string name = provider->name;
        snapshot.providers.emplace(name, *std::move(provider));
    }
    if (chosen.size() == 1) {
        snapshot.default_provider = chosen.front();
    }
    auto found = std::move(problems).take();
    load_models(sources, snapshot, found);
    if (!found.empty()) {
        return {nullptr, std::move(found)};
    }
    return {std::make_shared<const Snapshot>(std::move(snapshot)), {}};
}

}  // namespace aihub::config
