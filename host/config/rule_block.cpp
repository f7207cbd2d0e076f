#include "config/blocks.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace aihub::config {
namespace {

constexpr std::size_t kRulesMax = 64;
constexpr std::size_t kStatusesMax = 32;
// Routes have the same keys.
constexpr std::string_view kPattern = "providers.<name>.error_rules";

// "429", "5xx", "200".
bool is_status(std::string_view text) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool hundreds = text.size() == 3 && (text[0] == '2' || text[0] == '4' || text[0] == '5');
    return hundreds && (text.substr(1) == "xx" || (digit(text[1]) && digit(text[2])));
}

// Reads one rule.
class RuleBlock {
public:
    RuleBlock(const Node& node, std::string path, Reader& reader)
        : node_(node), reader_(reader), path_(std::move(path)) {}

    // Nothing when a problem was added.
    std::optional<ErrorRule> read() {
        if (node_.kind != Node::Kind::map) {
            problem(node_, path_, "not a rule, write it as a map like {status: 400, code: busy, then: retry}");
            return std::nullopt;
        }
        Provider none;
        reader_.block(node_, kPattern, path_, none, [&](const Key& key, const Member& member, const std::string& at) {
            read_key(key, member.value, at);
        });
        const auto known = [](const Member& member) {
            return find_key(std::string(kPattern) + "." + member.key) != nullptr;
        };
        good_ = good_ && std::all_of(node_.members.begin(), node_.members.end(), known);
        if (good_) {
            check();
        }
        return good_ ? std::optional(std::move(rule_)) : std::nullopt;
    }

private:
    void problem(const Node& node, const std::string& path, const std::string& message) {
        reader_.problem(node, path, message);
        good_ = false;
    }

    void read_key(const Key& key, const Node& node, const std::string& at) {
        const std::string_view name = key.path.substr(kPattern.size() + 1);
        if (name == "status") {
            read_statuses(node, at);
            return;
        }
        if (name == "type" || name == "code" || name == "body") {
            const auto text = reader_.text(node, key, at);
            good_ = good_ && text;
            (name == "type" ? rule_.type : name == "code" ? rule_.code : rule_.body) = text.value_or("");
            return;
        }
        const auto word = reader_.choice(node, key, at);
        good_ = good_ && word;
        (name == "then" ? rule_.then : rule_.as) = word.value_or("");
    }

    void read_statuses(const Node& node, const std::string& at) {
        std::optional<std::vector<std::string>> list;
        if (node.kind == Node::Kind::list) {
            list = reader_.texts(node, at);
        } else if (auto one = reader_.text(node, *find_key(std::string(kPattern) + ".type"), at)) {
            list = std::vector{*std::move(one)};
        }
        if (!list) {
            good_ = false;
            return;
        }
        const bool all = std::all_of(list->begin(), list->end(), [](const auto& each) { return is_status(each); });
        if (!all || list->empty() || list->size() > kStatusesMax) {
            problem(node, at, "not an HTTP status or a list of up to 32, write it like 400, 5xx or [429, 503]");
            return;
        }
        rule_.statuses = *std::move(list);
    }

    void check() {
        const bool words = !rule_.type.empty() || !rule_.code.empty() || !rule_.body.empty();
        const bool success = std::any_of(rule_.statuses.begin(), rule_.statuses.end(), [](const auto& each) {
            return each.front() == '2';
        });
        if (!words && rule_.statuses.empty()) {
            problem(node_, path_, "matches everything, write status, type, code or body");
        } else if (!words && success) {
            problem(node_, path_, "makes every good answer a failure, write type, code or body, too");
        } else if (rule_.then.empty() && rule_.as.empty()) {
            problem(node_, path_, "has no consequence, write then or as");
        }
    }

    const Node& node_;
    Reader& reader_;
    const std::string path_;
    ErrorRule rule_;
    bool good_ = true;
};

}  // namespace

std::vector<ErrorRule> read_error_rules(const Node& node, const std::string& path, Reader& reader) {
    if (node.kind != Node::Kind::list) {
        reader.problem(
            node,
            path,
            std::string(node.kind_name()) + " where a list of rules is needed, write each as `- {status: 400, ...}`"
        );
        return {};
    }
    if (node.items.size() > kRulesMax) {
        reader.problem(node, path, "more than " + std::to_string(kRulesMax) + " rules, make it shorter");
        return {};
    }
    std::vector<ErrorRule> rules;
    for (std::size_t index = 0; index < node.items.size(); ++index) {
        if (auto rule = RuleBlock(node.items[index], path + "[" + std::to_string(index) + "]", reader).read()) {
            rules.push_back(*std::move(rule));
        }
    }
    return rules;
}

}  // namespace aihub::config
