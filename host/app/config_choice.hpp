// From the command line to a configuration.
#pragma once

#include "base/result.hpp"
#include "config/load.hpp"

#include <string>
#include <vector>

namespace aihub::app {

// What the command line says about the configuration.
struct ConfigChoice {
    std::string file;            // empty: built-in values and what the environment offers
    std::string listen;          // "127.0.0.1:0"; empty: as configured
    std::string data_directory;  // replaces "var" in the default paths; empty: "var"
};

// The directory of this program.
[[nodiscard]] std::string program_directory();

// Where plugins are: as configured, or the directory "plugins" beside this program.
[[nodiscard]] std::vector<std::string> plugin_directories(const config::Plugins& plugins);

// The presets of the plugins in `plugins.directories`, read from their manifests; nothing of them is started. Plugins
// that would be refused are left out here: the loader says why.
[[nodiscard]] std::vector<config::Preset> plugin_presets(const config::Plugins& plugins);

// Whether a file without any key will do. It does at a start; for a running server it is a slip, such as a file that
// was emptied before it is written, and would take every provider away.
enum class EmptyFile { accepted, refused };

// The choice made into a snapshot. On failure the message holds one problem a line.
[[nodiscard]] Result<config::SnapshotPtr> read_config(
    const ConfigChoice& choice, const config::Sources& sources, EmptyFile empty = EmptyFile::accepted
);

}  // namespace aihub::app
