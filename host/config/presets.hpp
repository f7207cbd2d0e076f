// The presets of all plugins, and what they give in an environment.
#pragma once

#include "base/result.hpp"
#include "config/load.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aihub::config {

// For one load. Immutable.
class Presets {
public:
    explicit Presets(std::vector<Preset> presets);

    // `name` is "preset" or "plugin/preset"; with `plugin` (may be empty) only that plugin's count. Error: no such
    // preset (with the nearest name), or more than one.
    [[nodiscard]] Result<const Preset*> find(std::string_view name, std::string_view plugin) const;
    // Null: no preset, or more than one, has this name.
    [[nodiscard]] const Preset* named(std::string_view name) const;
    [[nodiscard]] const std::vector<Preset>& all() const { return presets_; }

private:
    std::vector<Preset> presets_;  // in order of name, then plugin
};

// The preset's plugin, name, base URL, secrets, settings and models, with what the environment says. Error: the
// environment's base URL is not valid.
[[nodiscard]] Result<Provider> provider_of(const Preset& preset, const Sources& sources);

// Whether all secrets are there that `preset` cannot do without.
[[nodiscard]] bool has_secrets(const Preset& preset, const Provider& provider);

// The value of an environment variable that is set and not empty; else "".
[[nodiscard]] std::string environment_value(const Sources& sources, const std::string& name);

}  // namespace aihub::config
