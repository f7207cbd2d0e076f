#include "loader/manifest.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cctype>

namespace aihub::loader {
namespace {

namespace json = boost::json;

constexpr std::size_t kManifestBytesMax = std::size_t{1} << 20;

Error bad(const std::string& message) {
    return Error{Errc::invalid_request, "manifest: " + message};
}

// The readers take a member that may be missing; `path` names it in errors.
Result<std::string> text(const json::object& from, std::string_view key, const std::string& path) {
    const json::value* value = from.if_contains(key);
    if (value == nullptr) {
        return std::string();
    }
    if (!value->is_string()) {
        return bad(path + std::string(key) + " must be text");
    }
    return std::string(value->get_string());
}

Result<bool> flag(const json::object& from, std::string_view key, const std::string& path) {
    const json::value* value = from.if_contains(key);
    if (value == nullptr) {
        return false;
    }
    if (!value->is_bool()) {
        return bad(path + std::string(key) + " must be true or false");
    }
    return value->get_bool();
}

Result<std::vector<std::string>> texts(const json::object& from, std::string_view key, const std::string& path) {
    std::vector<std::string> list;
    const json::value* value = from.if_contains(key);
    if (value == nullptr) {
        return list;
    }
    if (!value->is_array()) {
        return bad(path + std::string(key) + " must be a list of texts");
    }
    for (const json::value& item : value->get_array()) {
        if (!item.is_string()) {
            return bad(path + std::string(key) + " must be a list of texts");
        }
        list.emplace_back(item.get_string());
    }
    return list;
}

Result<json::object> object(const json::object& from, std::string_view key, const std::string& path) {
    const json::value* value = from.if_contains(key);
    if (value == nullptr) {
        return json::object();
    }
    if (!value->is_object()) {
        return bad(path + std::string(key) + " must be an object");
    }
    return value->get_object();
}

Result<Permissions> parse_permissions(const json::object& from) {
    Permissions permissions;
    for (const std::string& origin : AIHUB_TRY(texts(from, "origins", "permissions."))) {
        const Result<std::string> parsed = origin_of(origin);
        if (!parsed || parsed->size() != origin.size()) {
            return bad(
                "permissions.origins: " + origin + " must be scheme and host only, as in https://api.example.com"
            );
        }
        permissions.origins.push_back(*parsed);
    }
    permissions.secrets_read = AIHUB_TRY(flag(from, "secrets.read", "permissions."));
    permissions.work = AIHUB_TRY(flag(from, "work", "permissions."));
    return permissions;
}

Result<config::Preset> parse_preset(
    const json::object& from, const std::string& name, const std::string& plugin_id, const SettingsSchema& schema
) {
    const std::string path = "presets." + name + ".";
    config::Preset preset;
    preset.plugin = plugin_id;
    preset.name = name;
    preset.base_url = AIHUB_TRY(text(from, "base_url", path));
    preset.base_url_env = AIHUB_TRY(text(from, "base_url_env", path));
    preset.base_url_suffix = AIHUB_TRY(text(from, "base_url_suffix", path));
    preset.secret_required = AIHUB_TRY(flag(from, "secret_required", path));
    preset.always_on = AIHUB_TRY(flag(from, "always_on", path));
    preset.models = AIHUB_TRY(texts(from, "models", path));
    preset.formats = AIHUB_TRY(texts(from, "formats", path));
    const json::object secrets = AIHUB_TRY(object(from, "secrets", path));
    for (const auto& [secret, variable] : secrets) {
        if (!variable.is_string()) {
            return bad(path + "secrets." + std::string(secret) + " must name an environment variable");
        }
        preset.secret_envs[std::string(secret)] = variable.get_string();
    }
    preset.settings_json = json::serialize(AIHUB_TRY(object(from, "settings", path)));
    if (!preset.base_url.empty() && !origin_of(preset.base_url)) {
        return bad(path + "base_url must begin with http:// or https:// and name a host");
    }
    if (const Result<void> fits = schema.validate(preset.settings_json, SettingsSchema::Extent::part); !fits) {
        return bad(path + fits.error().message);
    }
    return preset;
}

bool is_host_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_' || c == ':' ||
           c == '[' || c == ']';
}

}  // namespace

bool Manifest::claims(std::string_view family) const {
    return std::find(families.begin(), families.end(), family) != families.end();
}

Result<std::string> origin_of(std::string_view url) {
    const std::size_t mark = url.find("://");
    const std::size_t begin = mark == std::string_view::npos ? url.size() : mark + 3;
    const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
    std::string origin(url.substr(0, end));
    std::transform(origin.begin(), origin.end(), origin.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    const bool scheme = origin.starts_with("http://") || origin.starts_with("https://");
    if (!scheme || begin >= end ||
        !std::all_of(origin.begin() + static_cast<std::ptrdiff_t>(begin), origin.end(), is_host_character)) {
        return Error{Errc::invalid_request, "not an http or https URL: " + std::string(url)};
    }
    const std::string_view port = origin.starts_with("https") ? ":443" : ":80";
    if (origin.ends_with(port)) {
        origin.resize(origin.size() - port.size());
    }
    return origin;
}

Result<Manifest> parse_manifest(std::string_view text_json, const std::string& plugin_id) {
    if (text_json.size() > kManifestBytesMax) {
        return bad("is over 1 MiB");
    }
    boost::system::error_code failed;
    const json::value root = json::parse({text_json.data(), text_json.size()}, failed);
    if (failed) {
        return bad("is not valid JSON: " + failed.message());
    }
    if (!root.is_object()) {
        return bad("must be a JSON object");
    }
    const json::object& from = root.get_object();

    Manifest manifest;
    manifest.name = AIHUB_TRY(text(from, "name", ""));
    manifest.description = AIHUB_TRY(text(from, "description", ""));
    manifest.families = AIHUB_TRY(texts(from, "families", ""));
    manifest.formats = AIHUB_TRY(texts(from, "formats", ""));
    if (manifest.name.empty()) {
        return bad("name is missing: give the plugin a name for people");
    }
    if (manifest.families.empty()) {
        return bad("families is empty: name at least one, as in [\"provider-codec\"]");
    }
    if (manifest.claims(kFamilyCodec) && manifest.claims(kFamilyStream)) {
        return bad("families names provider-codec and provider-stream: a plugin is one of the two");
    }
    if (manifest.formats.empty() && (manifest.claims(kFamilyCodec) || manifest.claims(kFamilyStream))) {
        return bad("formats is empty: a provider names the formats it takes, as in [\"openai.chat\"]");
    }
    if (from.contains("config_schema")) {
        const json::object described = AIHUB_TRY(object(from, "config_schema", ""));
        Result<SettingsSchema> schema = SettingsSchema::create(described);
        if (!schema) {
            return bad("config_schema." + schema.error().message);
        }
        manifest.config_schema = *std::move(schema);
    }
    const json::object permissions = AIHUB_TRY(object(from, "permissions", ""));
    manifest.permissions = AIHUB_TRY(parse_permissions(permissions));
    const json::object presets = AIHUB_TRY(object(from, "presets", ""));
    for (const auto& [name, preset] : presets) {
        if (!preset.is_object()) {
            return bad("presets." + std::string(name) + " must be an object");
        }
        manifest.presets.push_back(
            AIHUB_TRY(parse_preset(preset.get_object(), std::string(name), plugin_id, manifest.config_schema))
        );
    }
    return manifest;
}

}  // namespace aihub::loader
