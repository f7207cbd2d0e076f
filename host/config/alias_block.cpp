#include "config/blocks.hpp"
#include "config/nearest.hpp"

#include <algorithm>

namespace aihub::config {
namespace {

constexpr std::size_t kAliasesMax = 10000;

// Nothing when a problem was added.
std::optional<Alias> read_text(const Node& node, const std::string& path, Reader& reader) {
    const auto text = reader.text(node, *find_key("models.<alias>"), path);
    if (!text) {
        return std::nullopt;
    }
    const std::size_t slash = text->find('/');
    if (slash == 0 || slash == std::string::npos || slash + 1 == text->size()) {
        reader.problem(node, path, "not provider/model, write it like acme/small-model");
        return std::nullopt;
    }
    return Alias{{}, text->substr(0, slash), text->substr(slash + 1)};
}

std::optional<Alias> read_map(const Node& node, const std::string& path, Reader& reader) {
    Alias alias;
    bool good = true;
    Snapshot none;
    reader.block(node, "models.<alias>", path, none, [&](const Key& key, const Member& member, const std::string& at) {
        const auto text = reader.text(member.value, key, at);
        good = good && text;
        (key.path == "models.<alias>.provider" ? alias.provider : alias.model) = text.value_or("");
    });
    if (good && (alias.provider.empty() || alias.model.empty())) {
        reader.problem(node, path, "needs provider and model, write both or one text like acme/small-model");
        return std::nullopt;
    }
    return good ? std::optional(std::move(alias)) : std::nullopt;
}

}  // namespace

void read_aliases(const Node& node, const std::vector<std::string>& names, Reader& reader, Snapshot& snapshot) {
    if (!reader.is_map(node, "models")) {
        return;
    }
    if (node.members.size() > kAliasesMax) {
        reader.problem(node, "models", "more than " + std::to_string(kAliasesMax) + " names, make it smaller");
        return;
    }
    for (const Member& member : node.members) {
        const std::string path = "models." + member.key;
        const bool printable = std::all_of(member.key.begin(), member.key.end(), [](char c) {
            return static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
        });
        if (member.key.empty() || member.key.size() > 256 || !printable) {
            reader.problems().add(
                member.place, path, "not a name for a model, write 1 to 256 characters without spaces"
            );
            continue;
        }
        const bool map = member.value.kind == Node::Kind::map;
        auto alias = map ? read_map(member.value, path, reader) : read_text(member.value, path, reader);
        if (!alias) {
            continue;
        }
        if (std::find(names.begin(), names.end(), alias->provider) == names.end()) {
            auto remedy = did_you_mean(alias->provider, names);
            remedy = remedy.empty() ? ", add it to providers" : remedy;
            reader.problem(member.value, path, "there is no such provider" + remedy);
            continue;
        }
        alias->name = member.key;
        snapshot.models.emplace(member.key, *std::move(alias));
    }
}

}  // namespace aihub::config
