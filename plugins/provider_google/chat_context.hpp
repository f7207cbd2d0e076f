// What the pieces of a chat's request share.
#pragma once

#include "function_names.hpp"
#include "schema_subset.hpp"

#include <aihub/call.hpp>
#include <aihub/chat.hpp>
#include <aihub/json_value.hpp>
#include <aihub/text.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::provider_google {

// What the model's name says of it.
struct Model {
    std::string_view name;
    int generation = 0;  // 2 of gemini-2.5-pro; 0: its name does not say
    bool thinks = true;  // not so before 2.5
    bool pro = false;
    bool lite = false;

    static Model of(std::string_view name) {
        constexpr std::string_view kPrefix = "gemini-";
        const auto has = [name](std::string_view word) { return name.find(word) != std::string_view::npos; };
        Model model{.name = name, .pro = has("pro"), .lite = has("lite")};
        const auto at = name.find(kPrefix);
        const std::string_view version = at == std::string_view::npos ? "" : name.substr(at + kPrefix.size());
        if (!version.empty() && version.front() >= '1' && version.front() <= '9') {
            model.generation = version.front() - '0';
        } else if (has("-latest")) {
            model.generation = 3;  // gemini-flash-latest and its like have moved on to it
        }
        model.thinks = model.generation != 1 && !version.starts_with("2.0") && !has("gemma");
        return model;
    }
};

// Names to the host what Gemini cannot be told, each once. Names come from clients: only the first kNamesMax are told,
// each cut to kNameBytesMax.
class Drops {
public:
    static constexpr std::size_t kNamesMax = 64;
    static constexpr std::size_t kNameBytesMax = 128;

    explicit Drops(sdk::Call& call) : call_(call) {}

    void add(std::string_view field) {
        const std::string_view cut = sdk::utf8_prefix(field, kNameBytesMax);
        if (said_.size() < kNamesMax && std::ranges::find(said_, cut) == said_.end()) {
            said_.emplace_back(cut);
            call_.dropped(cut);
        }
    }
    void add_if(bool there, std::string_view field) {
        if (there) {
            add(field);
        }
    }

private:
    sdk::Call& call_;
    std::vector<std::string> said_;
};

struct ChatContext {
    const sdk::ChatRequest& request;
    Model model;
    bool stream = false;
    bool schema_subset = false;
    SchemaBudget& schemas;
    FunctionNames& names;
    Drops& drops;
};

// What stands between the quotes of a string; empty: it is none.
inline std::string_view inner(sdk::JsonText text) {
    return text.size() >= 2 && text.front() == '"' ? text.substr(1, text.size() - 2) : std::string_view();
}
inline std::string plain(sdk::JsonText text) {
    return sdk::json_unescape(inner(text));
}
// Whether something is of one of Gemini's formats.
inline bool is_ours(sdk::JsonText origin) {
    return inner(origin).starts_with("gemini.");
}

}  // namespace aihub::provider_google
