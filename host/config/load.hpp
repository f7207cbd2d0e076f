// From YAML text to a Snapshot. The only reader of configuration files.
#pragma once

#include "base/result.hpp"
#include "config/snapshot.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::config {

// One thing wrong in a configuration: where, what and the remedy.
struct Problem {
    std::string file;
    int line = 0;         // from 1; 0: not about a place
    int column = 0;       // from 1; 0: about the line
    std::string path;     // "providers.acme.base_url"
    std::string message;  // what was wrong and what to do

    // "aihub.yaml:12:5: providers.acme.base_ulr: unknown key, did you mean base_url?"
    [[nodiscard]] std::string text() const;
};

// Where values from outside come from, so that tests need no real environment or disk.
struct Sources {
    std::function<std::optional<std::string>(const std::string& name)> environment;
    std::function<Result<std::string>(const std::string& path)> read_file;
    // Those of the process.
    static Sources process();
};

// A named set of defaults that a plugin's manifest offers for a provider block. No vendor is known to the host: presets
// come from plugins.
struct Preset {
    std::string plugin;  // plugin id
    std::string name;    // "acme"
    std::string base_url;
    std::string base_url_env;     // environment variable that turns the preset on and overrides base_url; may be empty
    std::string base_url_suffix;  // "/v1": appended to the value of base_url_env when that has no path
    std::map<std::string, std::string> secret_envs;  // secret name to the environment variable that holds it
    bool secret_required = false;                    // without its secrets it is not usable
    bool always_on = false;                          // needs nothing from the environment: on in a start without a file
    std::string settings_json = "{}";
    std::vector<std::string> models;
    std::vector<std::string> formats;  // that the service takes, of those of the plugin; empty: all
};

// Asked once for each load, after the `plugins` block was read: the presets of the plugins found there.
using PresetSource = std::function<std::vector<Preset>(const Plugins& plugins)>;

// A snapshot, or every problem found (not only the first).
struct Loaded {
    SnapshotPtr snapshot;  // null when there are problems
    std::vector<Problem> problems;
    bool names_nothing = false;  // the file has no key at all
};

// Reads and checks `text`, which stands in `file` (used in messages; relative paths in it are relative to the working
// directory). A block with `preset` starts from the preset's values; its own keys win.
[[nodiscard]] Loaded load_text(
    std::string_view text, const std::string& file, const Sources& sources, const PresetSource& presets
);
// Reads a file. An unreadable file is a problem, too.
[[nodiscard]] Loaded load_file(const std::string& file, const Sources& sources, const PresetSource& presets);

// The configuration of a start with no file: built-in values, and a provider for each preset that is always on or whose
// environment variables are set. A single provider that is not always on becomes default_provider.
[[nodiscard]] Loaded load_defaults(const Sources& sources, const PresetSource& presets);

// The keys that differ and count only after a restart, in the order of the reference.
[[nodiscard]] std::vector<std::string> restart_needed(const Snapshot& old, const Snapshot& now);

}  // namespace aihub::config
