// What a plugin claims about itself: the manifest, which is JSON text inside the library.
#pragma once

#include "base/result.hpp"
#include "config/load.hpp"
#include "loader/settings_schema.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aihub::loader {

inline constexpr std::string_view kFamilyCodec = "provider-codec";
inline constexpr std::string_view kFamilyStream = "provider-stream";
inline constexpr std::string_view kFamilyTraceSink = "trace-sink";

// What the plugin asks to be allowed; shown to the operator and enforced by the host's services.
struct Permissions {
    std::vector<std::string> origins;  // "https://api.example.com": what aihub.http may reach beside the base URL
    bool secrets_read = false;         // may read secret values
    bool work = false;                 // may use the worker pool
};

// A parsed manifest. A value. Unknown members are ignored, so that a newer plugin can say more.
struct Manifest {
    std::string name;
    std::string description;
    std::vector<std::string> families;  // kFamilyCodec and so on; unknown ones are kept
    std::vector<std::string> formats;   // "openai.chat"
    SettingsSchema config_schema;
    Permissions permissions;
    std::vector<config::Preset> presets;  // `plugin` is filled

    [[nodiscard]] bool claims(std::string_view family) const;
};

// Error: the first thing wrong, with its path ("presets.acme.secrets: ...").
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view json, const std::string& plugin_id);

// "https://api.example.com:8443" of an absolute http(s) URL, lower case, default port left out. Error: not such a URL.
[[nodiscard]] Result<std::string> origin_of(std::string_view url);

}  // namespace aihub::loader
