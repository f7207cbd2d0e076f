// Reads nodes into their slots, as the schema says.
#pragma once

#include "config/document.hpp"
#include "config/load.hpp"
#include "config/problems.hpp"
#include "config/schema.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::config {

// For one load. Each function adds what is wrong to the problems and goes on; messages never hold a value that came
// from the environment.
class Reader {
public:
    // Reads a key that has no slot. `path` is the full one.
    using Special = std::function<void(const Key& key, const Member& member, const std::string& path)>;

    Reader(const Sources& sources, Problems& problems) : sources_(sources), problems_(problems) {}

    // Reads the members of `map` into `owner`. `pattern` is the block's path in the schema, `path` the same with real
    // names. An unknown key is a problem that names the nearest one.
    template <class Owner>
    void block(
        const Node& map, std::string_view pattern, const std::string& path, Owner& owner, const Special& special
    );

    // The value with its variables put in, its length checked. Nothing: a problem was added.
    [[nodiscard]] std::optional<std::string> text(const Node& node, const Key& key, const std::string& path);
    [[nodiscard]] std::optional<std::uint64_t> number(const Node& node, const Key& key, const std::string& path);
    [[nodiscard]] std::optional<std::vector<std::string>> texts(const Node& node, const std::string& path);
    [[nodiscard]] std::optional<Secret> secret(const Node& node, const std::string& path);
    // The secret in the file that the node names.
    [[nodiscard]] std::optional<Secret> secret_file(const Node& node, const std::string& path);
    // The URL of a proxy, or "none".
    [[nodiscard]] std::optional<Secret> proxy(const Node& node, const std::string& path);
    // The node as JSON text of the same types; variables are put in.
    [[nodiscard]] std::optional<std::string> json(const Node& node, const std::string& path);

    // False, and a problem: the node is not a map. A key with nothing behind it counts as an empty map.
    [[nodiscard]] bool is_map(const Node& node, const std::string& path);
    void problem(const Node& node, const std::string& path, const std::string& message) {
        problems_.add(node.place, path, message);
    }
    [[nodiscard]] Problems& problems() { return problems_; }
    [[nodiscard]] const Sources& sources() const { return sources_; }

    // One of a few words.
    [[nodiscard]] std::optional<std::string> choice(const Node& node, const Key& key, const std::string& path) {
        std::string word;
        set(node, key, path, word);
        return word.empty() ? std::nullopt : std::optional(std::move(word));
    }

private:
    void set(const Node& node, const Key& key, const std::string& path, bool& value);
    void set(const Node& node, const Key& key, const std::string& path, std::size_t& value);
    void set(const Node& node, const Key& key, const std::string& path, double& value);
    void set(const Node& node, const Key& key, const std::string& path, std::string& value);
    void set(const Node& node, const Key& key, const std::string& path, Milliseconds& value);
    void set(const Node& node, const Key& key, const std::string& path, std::vector<std::string>& value);
    std::optional<Secret> checked(const Node& node, const std::string& path, std::string value);

    const Sources& sources_;
    Problems& problems_;
};

}  // namespace aihub::config
