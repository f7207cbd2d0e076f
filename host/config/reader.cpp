#include "config/reader.hpp"

#include "config/base_url.hpp"
#include "config/interpolate.hpp"
#include "config/nearest.hpp"
#include "config/scalar.hpp"
#include "config/settings_json.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace aihub::config {
namespace {

constexpr std::size_t kListItemsMax = 10000;
constexpr std::size_t kSecretBytesMax = 16384;

template <class Owner>
const Slot<Owner>& slot_of(const Key& key) {
    if constexpr (std::is_same_v<Owner, Snapshot>) {
        return key.slot;
    } else if constexpr (std::is_same_v<Owner, Route>) {
        return key.route_slot;
    } else {
        return key.provider_slot;
    }
}

// "429" or "5xx".
bool is_failed_status(std::string_view text) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return text.size() == 3 && (text[0] == '4' || text[0] == '5') &&
           (text.substr(1) == "xx" || (digit(text[1]) && digit(text[2])));
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
    });
}

// "one of console, json".
std::string words_text(std::string_view words) {
    std::string list(words);
    for (std::size_t at = list.find(' '); at != std::string::npos; at = list.find(' ', at + 2)) {
        list.replace(at, 1, ", ");
    }
    return list;
}

std::vector<std::string> split_words(std::string_view words) {
    std::vector<std::string> list;
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        list.emplace_back(words.substr(0, end));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return list;
}

}  // namespace

template <class Owner>
void Reader::block(
    const Node& map, std::string_view pattern, const std::string& path, Owner& owner, const Special& special
) {
    if (!is_map(map, path)) {
        return;
    }
    for (const Member& member : map.members) {
        const std::string member_path = path.empty() ? member.key : path + "." + member.key;
        const std::string member_pattern = pattern.empty() ? member.key : std::string(pattern) + "." + member.key;
        const Key* key = find_key(member_pattern);
        if (key == nullptr || member.key.find('.') != std::string::npos || member.key.starts_with('<')) {
            auto remedy = did_you_mean(member.key, names_below(pattern));
            remedy = remedy.empty() ? ", remove it or see docs/configuration.md" : remedy;
            problems_.add(member.place, member_path, "unknown key" + remedy);
            continue;
        }
        const auto read = [&](auto find) {
            if constexpr (!std::is_same_v<decltype(find), std::monostate>) {
                set(member.value, *key, member_path, find(owner));
            } else if (key->type == Type::block && find_key(member_pattern + ".<name>") == nullptr && key->path != "models") {
                block(member.value, member_pattern, member_path, owner, special);
            } else {
                special(*key, member, member_path);
            }
        };
        std::visit(read, slot_of<Owner>(*key));
    }
}

template void Reader::block(const Node&, std::string_view, const std::string&, Snapshot&, const Special&);
template void Reader::block(const Node&, std::string_view, const std::string&, Provider&, const Special&);
template void Reader::block(const Node&, std::string_view, const std::string&, Route&, const Special&);

bool Reader::is_map(const Node& node, const std::string& path) {
    if (node.kind == Node::Kind::map || node.kind == Node::Kind::null) {
        return true;
    }
    problem(
        node, path, std::string(node.kind_name()) + " where a map of keys is needed, write the keys below it, indented"
    );
    return false;
}

std::optional<std::string> Reader::text(const Node& node, const Key& key, const std::string& path) {
    if (node.kind == Node::Kind::null) {
        problem(node, path, "no value, write one or remove the key");
        return std::nullopt;
    }
    if (node.kind != Node::Kind::scalar) {
        const std::string hint = node.kind == Node::Kind::map ? " (${NAME} within { } needs quotes)" : "";
        problem(node, path, std::string(node.kind_name()) + " where " + type_text(key) + " is needed" + hint);
        return std::nullopt;
    }
    auto value = interpolate(node.text, sources_);
    if (!value) {
        problem(node, path, value.error().message);
        return std::nullopt;
    }
    const bool textual = key.type == Type::text || key.type == Type::path || key.type == Type::url;
    if (textual && (value->size() < key.min || value->size() > key.max)) {
        problem(
            node,
            path,
            value->empty() ? "empty, write a value or remove the key"
                           : "longer than " + std::to_string(key.max) + " bytes, make it shorter"
        );
        return std::nullopt;
    }
    if (has_control(*value)) {
        problem(node, path, "holds a control character or line break, write it on one line");
        return std::nullopt;
    }
    return *std::move(value);
}

std::optional<std::uint64_t> Reader::number(const Node& node, const Key& key, const std::string& path) {
    const auto value = text(node, key, path);
    if (!value) {
        return std::nullopt;
    }
    const auto parsed = key.type == Type::bytes      ? parse_bytes(*value)
                        : key.type == Type::duration ? parse_duration(*value)
                                                     : parse_count(*value);
    if (!parsed) {
        problem(node, path, parsed.error().message);
        return std::nullopt;
    }
    if (*parsed < key.min || *parsed > key.max) {
        problem(node, path, "out of range, write " + range_text(key));
        return std::nullopt;
    }
    return *parsed;
}

std::optional<std::vector<std::string>> Reader::texts(const Node& node, const std::string& path) {
    if (node.kind != Node::Kind::list) {
        problem(
            node,
            path,
            std::string(node.kind_name()) + " where a list is needed, write it in brackets, for example [a, b]"
        );
        return std::nullopt;
    }
    if (node.items.size() > kListItemsMax) {
        problem(node, path, "more than " + std::to_string(kListItemsMax) + " entries, make it shorter");
        return std::nullopt;
    }
    constexpr Key kItem{.path = "", .type = Type::text, .min = 1, .max = 4096};
    std::vector<std::string> list;
    for (const Node& item : node.items) {
        const std::string item_path = path + "[" + std::to_string(list.size()) + "]";
        auto value = text(item, kItem, item_path);
        if (!value) {
            return std::nullopt;
        }
        if (std::find(list.begin(), list.end(), *value) != list.end()) {
            problem(item, item_path, "the same entry twice, keep one");
            continue;
        }
        list.push_back(*std::move(value));
    }
    return list;
}

std::optional<Secret> Reader::checked(const Node& node, const std::string& path, std::string value) {
    if (value.starts_with('{')) {
        // A key that is a JSON document: line breaks stand between its values only.
        std::replace_if(
            value.begin(), value.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' '
        );
    }
    if (value.empty()) {
        problem(node, path, "an empty secret; empty does not mean off, give a value or remove the key");
        return std::nullopt;
    }
    if (has_control(value) || value.size() > kSecretBytesMax) {
        problem(
            node, path, "a secret with a line break or control character, or longer than 16 KiB, store the bare value"
        );
        return std::nullopt;
    }
    return Secret(std::move(value));
}

std::optional<Secret> Reader::secret(const Node& node, const std::string& path) {
    if (node.kind == Node::Kind::null) {
        return checked(node, path, {});
    }
    if (node.kind != Node::Kind::scalar) {
        problem(
            node, path, std::string(node.kind_name()) + " where a secret is needed (${NAME} within { } needs quotes)"
        );
        return std::nullopt;
    }
    auto value = interpolate(node.text, sources_);
    if (!value) {
        problem(node, path, value.error().message);
        return std::nullopt;
    }
    return checked(node, path, *std::move(value));
}

std::optional<Secret> Reader::secret_file(const Node& node, const std::string& path) {
    constexpr Key kFile{.path = "", .type = Type::path, .min = 1, .max = 4096};
    const auto name = text(node, kFile, path);
    if (!name) {
        return std::nullopt;
    }
    auto content = sources_.read_file(*name);
    if (!content) {
        problem(
            node,
            path,
            "the file cannot be read (" + content.error().message + "), make it readable or correct the path"
        );
        return std::nullopt;
    }
    while (content->ends_with('\n') || content->ends_with('\r')) {
        content->pop_back();
    }
    return checked(node, path, *std::move(content));
}

std::optional<Secret> Reader::proxy(const Node& node, const std::string& path) {
    auto url = secret(node, path);
    if (!url || url->expose() == "none") {
        return url;
    }
    if (const auto good = check_proxy_url(url->expose()); !good) {
        problem(node, path, good.error().message);
        return std::nullopt;
    }
    return url;
}

std::optional<std::string> Reader::json(const Node& node, const std::string& path) {
    bool good = true;
    const auto expand = [&](const Node& scalar, const std::string& below) -> std::string {
        auto value = interpolate(scalar.text, sources_);
        if (!value) {
            good = false;
            problem(scalar, below, value.error().message);
            return {};
        }
        return *std::move(value);
    };
    std::string out = settings_json(node, path, expand);
    return good ? std::optional(std::move(out)) : std::nullopt;
}

void Reader::set(const Node& node, const Key& key, const std::string& path, bool& value) {
    const auto written = text(node, key, path);
    if (!written) {
        return;
    }
    const auto parsed = parse_bool(*written);
    if (!parsed) {
        problem(node, path, parsed.error().message);
        return;
    }
    value = *parsed;
}

void Reader::set(const Node& node, const Key& key, const std::string& path, std::size_t& value) {
    value = number(node, key, path).value_or(value);
}

void Reader::set(const Node& node, const Key& key, const std::string& path, double& value) {
    const auto written = text(node, key, path);
    if (!written) {
        return;
    }
    const auto parsed = parse_ratio(*written);
    if (!parsed) {
        problem(node, path, parsed.error().message);
        return;
    }
    value = *parsed;
}

void Reader::set(const Node& node, const Key& key, const std::string& path, Milliseconds& value) {
    if (const auto read = number(node, key, path)) {
        value = Milliseconds(static_cast<Milliseconds::rep>(*read));
    }
}

void Reader::set(const Node& node, const Key& key, const std::string& path, std::string& value) {
    auto written = text(node, key, path);
    if (!written) {
        return;
    }
    if (key.type == Type::choice) {
        const auto words = split_words(key.words);
        if (std::find(words.begin(), words.end(), *written) == words.end()) {
            problem(node, path, "not one of " + words_text(key.words));
            return;
        }
    }
    if (key.type == Type::url) {
        auto url = check_base_url(*written);
        if (!url) {
            problem(node, path, url.error().message);
            return;
        }
        written = *std::move(url);
    }
    value = *std::move(written);
}

void Reader::set(const Node& node, const Key& key, const std::string& path, std::vector<std::string>& value) {
    auto list = texts(node, path);
    if (!list) {
        return;
    }
    const auto words = split_words(key.words);
    const bool statuses = std::find(words.begin(), words.end(), "4xx") != words.end();
    for (std::size_t index = 0; index < list->size() && !words.empty(); ++index) {
        const auto& word = (*list)[index];
        if (std::find(words.begin(), words.end(), word) == words.end() && !(statuses && is_failed_status(word))) {
            const std::string more = statuses ? " or a status like 429" : "";
            problem(
                node.items[index],
                path + "[" + std::to_string(index) + "]",
                "not one of " + words_text(key.words) + more + did_you_mean(word, words)
            );
            return;
        }
    }
    value = *std::move(list);
}

}  // namespace aihub::config
