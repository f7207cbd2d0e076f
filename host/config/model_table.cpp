#include "config/model_table.hpp"

#include <aihub/json_write.hpp>

#include <algorithm>
#include <utility>

namespace aihub::config {
namespace {

// Longer names are cut: no model is called so, and each byte is a look into the table.
constexpr std::size_t kNameBytesMax = 256;
// A server, a region and two vendors before a name; a client that writes more finds nothing.
constexpr int kOwnersMax = 4;

bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string lower(std::string_view text) {
    std::string out(text.substr(0, kNameBytesMax));
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

// "eu.acme.model-1.5" without "eu."; what is left when nothing is to be taken away is empty.
std::string_view behind_owner(std::string_view name) {
    if (const auto slash = name.rfind('/'); slash != name.npos) {
        return name.substr(slash + 1);
    }
    const auto dot = name.find('.');
    const bool owner =
        dot != name.npos && std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(dot), is_letter);
    return owner ? name.substr(dot + 1) : std::string_view();
}

// Without ":free" and "@20250514", and without "-20250514", "-2025-05-14" and "-latest".
std::string_view before_version(std::string_view name) {
    if (const auto mark = name.find_first_of(":@"); mark != name.npos) {
        return name.substr(0, mark);
    }
    constexpr std::string_view kLatest = "-latest";
    if (name.ends_with(kLatest)) {
        return name.substr(0, name.size() - kLatest.size());
    }
    for (const std::string_view shape : {"-0000-00-00", "-00000000"}) {
        const auto at = name.size() - std::min(shape.size(), name.size());
        const auto date = name.substr(at);
        const bool same = std::equal(date.begin(), date.end(), shape.begin(), shape.end(), [](char c, char like) {
            return like == '0' ? is_digit(c) : c == like;
        });
        if (same) {
            return name.substr(0, at);
        }
    }
    return {};
}

}  // namespace

bool ModelFacts::has_flag(std::string_view flag) const {
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

void ModelTable::add(ModelFacts facts) {
    for (const auto& written : facts.names) {
        std::string name = lower(written);
        const bool pattern = name.ends_with('*');
        if (pattern) {
            name.pop_back();
            longest_ = std::max(longest_, name.size());
        }
        (pattern ? prefixes_ : exact_).emplace(std::move(name), entries_.size());
    }
    entries_.push_back(std::move(facts));
}

void ModelTable::append(ModelTable more) {
    behind_.push_back(std::move(more));
}

const ModelFacts* ModelTable::find_as_is(std::string_view name) const {
    if (const auto found = exact_.find(name); found != exact_.end()) {
        return &entries_[found->second];
    }
    for (std::size_t length = std::min(name.size(), longest_) + 1; length > 0; --length) {
        if (const auto found = prefixes_.find(name.substr(0, length - 1)); found != prefixes_.end()) {
            return &entries_[found->second];
        }
    }
    return nullptr;
}

const ModelFacts* ModelTable::find(std::string_view name) const {
    const std::string small = lower(name);
    std::string_view owned = small;
    for (int owners = 0; owners <= kOwnersMax && !owned.empty(); ++owners) {
        for (std::string_view one = owned; !one.empty(); one = before_version(one)) {
            if (const auto* found = find_as_is(one); found != nullptr) {
                return found;
            }
        }
        owned = behind_owner(owned);
    }
    for (const ModelTable& table : behind_) {
        if (const auto* found = table.find(small); found != nullptr) {
            return found;
        }
    }
    return nullptr;
}

std::string to_json(const ModelFacts& facts) {
    sdk::JsonWriter json;
    json.begin_object();
    if (facts.context_tokens > 0) {
        json.field("context_tokens", facts.context_tokens);
    }
    if (facts.output_tokens_max > 0) {
        json.field("output_tokens_max", facts.output_tokens_max);
    }
    if (!facts.reasoning.empty()) {
        json.field("reasoning", facts.reasoning);
    }
    if (!facts.flags.empty()) {
        json.key("flags").begin_array();
        for (const auto& flag : facts.flags) {
            json.value(flag);
        }
        json.end_array();
    }
    json.end_object();
    return std::move(json).text();
}

}  // namespace aihub::config
