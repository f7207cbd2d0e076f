#include "config/blocks.hpp"
#include "config/settings_json.hpp"

#include <algorithm>
#include <utility>

namespace aihub::config {
namespace {

constexpr std::size_t kProvidersMax = 1000;
constexpr std::string_view kPattern = "providers.<name>";

// A name becomes part of "<provider>/<model>", of label values and of log fields.
bool is_name(std::string_view text) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    const auto part = [&](char c) { return letter(c) || c == '.' || c == '-'; };
    return !text.empty() && text.size() <= 64 && letter(text.front()) && std::all_of(text.begin(), text.end(), part);
}

// Reads one block.
class ProviderBlock {
public:
    ProviderBlock(const Member& member, const Presets& presets, Reader& reader)
        : member_(member), presets_(presets), reader_(reader), path_("providers." + member.key) {}

    Provider read() {
        if (!reader_.is_map(member_.value, path_)) {
            return {};
        }
        Provider provider = start();
        reader_.block(
            member_.value,
            kPattern,
            path_,
            provider,
            [&](const Key& key, const Member& member, const std::string& path) {
                read_key(key, member, path, provider);
            }
        );
        for (auto& [name, secret] : secrets_) {
            provider.secrets.insert_or_assign(name, std::move(secret));
        }
        provider.name = member_.key;
        provider.source = reader_.problems().file() + ":" + std::to_string(member_.place.line);
        check_complete(provider);
        return provider;
    }

private:
    // What the preset gives.
    Provider start() {
        const std::string plugin = text_of("plugin");
        const std::string wanted = text_of("preset");
        Provider provider;
        provider.plugin = plugin;
        if (!wanted.empty()) {
            const auto found = presets_.find(wanted, plugin);
            if (!found) {
                reader_.problem(*member_.value.find("preset"), path_ + ".preset", found.error().message);
                broken_ = true;
                return provider;
            }
            preset_ = *found;
        } else if (member_.value.find("plugin") == nullptr && member_.value.find("preset") == nullptr) {
            preset_ = presets_.named(member_.key);
        }
        if (preset_ == nullptr) {
            return provider;
        }
        const bool own_url = member_.value.find("base_url") != nullptr;
        Preset preset = *preset_;
        preset.base_url_env = own_url ? "" : preset.base_url_env;
        auto made = provider_of(preset, reader_.sources());
        if (!made) {
            reader_.problems().add(member_.place, path_ + ".base_url", made.error().message);
            broken_ = true;
            return provider;
        }
        return *std::move(made);
    }

    std::string text_of(std::string_view name) {
        const Node* node = member_.value.find(name);
        if (node == nullptr) {
            return {};
        }
        auto text = reader_.text(
            *node, *find_key(std::string(kPattern) + "." + std::string(name)), path_ + "." + std::string(name)
        );
        broken_ = broken_ || !text;
        return text.value_or("");
    }

    void read_key(const Key& key, const Member& member, const std::string& path, Provider& provider) {
        const std::string_view name = key.path.substr(kPattern.size() + 1);
        if (name == "api_key") {
            add_secret(member, path, "api_key", reader_.secret(member.value, path));
        } else if (name == "api_key_file") {
            add_secret(member, path, "api_key", reader_.secret_file(member.value, path));
        } else if (name == "proxy") {
            const auto proxy = reader_.proxy(member.value, path);
            provider.proxy = proxy && proxy->expose() != "none" ? *proxy : Secret();
        } else if (name == "secrets" || name == "secrets_files") {
            read_secrets(member.value, path, name == "secrets_files");
        } else if (name == "error_rules") {
            provider.error_rules = read_error_rules(member.value, path, reader_);
        } else if (name == "settings" && reader_.is_map(member.value, path)) {
            const auto json = reader_.json(member.value, path);
            const bool empty = member.value.kind == Node::Kind::null;
            provider.settings_json = merge_settings(provider.settings_json, json && !empty ? *json : "{}");
        }
    }

    void read_secrets(const Node& node, const std::string& path, bool files) {
        if (!reader_.is_map(node, path)) {
            return;
        }
        for (const Member& one : node.members) {
            const std::string one_path = path + "." + one.key;
            add_secret(
                one,
                one_path,
                one.key,
                files ? reader_.secret_file(one.value, one_path) : reader_.secret(one.value, one_path)
            );
        }
    }

    void add_secret(
        const Member& member, const std::string& path, const std::string& name, std::optional<Secret> secret
    ) {
        if (!is_name(name)) {
            reader_.problems().add(member.place, path, "not a name of a secret, write letters, digits and _");
            return;
        }
        if (std::find(secret_names_.begin(), secret_names_.end(), name) != secret_names_.end()) {
            reader_.problems().add(
                member.place, path, "the secret " + name + " is given twice in this block, keep one"
            );
            return;
        }
        secret_names_.push_back(name);
        if (secret) {
            secrets_.emplace(name, *std::move(secret));
        }
    }

    void check_complete(const Provider& provider) {
        if (broken_) {
            return;
        }
        if (provider.plugin.empty()) {
            const auto found = presets_.find(member_.key, {});
            const std::string why = found ? "" : found.error().message;
            reader_.problems().add(member_.place, path_, "neither plugin nor preset is given, write one: " + why);
            return;
        }
        if (preset_ == nullptr || !provider.enabled) {
            return;
        }
        for (const auto& [name, variable] : preset_->secret_envs) {
            const bool tried = std::find(secret_names_.begin(), secret_names_.end(), name) != secret_names_.end();
            if (preset_->secret_required && !tried && !provider.secrets.contains(name)) {
                const std::string key = name == "api_key" ? name : "secrets." + name;
                reader_.problems().add(
                    member_.place,
                    path_,
                    "needs the secret " + name + ", set the environment variable " + variable + " or write " + key + ":"
                );
            }
        }
        if (provider.base_url.empty() && !preset_->base_url_env.empty() && member_.value.find("base_url") == nullptr) {
            reader_.problems().add(
                member_.place,
                path_,
                "needs a base URL, set the environment variable " + preset_->base_url_env + " or write base_url:"
            );
        }
    }

    const Member& member_;
    const Presets& presets_;
    Reader& reader_;
    const std::string path_;
    const Preset* preset_ = nullptr;
    std::map<std::string, Secret> secrets_;
    std::vector<std::string> secret_names_;  // also those whose value could not be read
    bool broken_ = false;                    // what follows from a problem that was added is not said again
};

}  // namespace

void read_providers(const Node& node, const Presets& presets, Reader& reader, Snapshot& snapshot) {
    if (!reader.is_map(node, "providers")) {
        return;
    }
    if (node.members.size() > kProvidersMax) {
        reader.problem(node, "providers", "more than " + std::to_string(kProvidersMax) + " providers, make it smaller");
        return;
    }
    for (const Member& member : node.members) {
        if (!is_name(member.key)) {
            reader.problems().add(
                member.place,
                "providers." + member.key,
                "not a name for a provider, write letters, digits, dot, _ and -, at most 64, for example acme-eu"
            );
            continue;
        }
        snapshot.providers.emplace(member.key, ProviderBlock(member, presets, reader).read());
    }
}

}  // namespace aihub::config
