#include "config/model_file.hpp"

#include "config/document.hpp"
#include "config/nearest.hpp"
#include "config/reader.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace aihub::config {
namespace {

using Words = std::vector<std::string>;

const Words& input_words() {
    static const Words kWords{"text", "image", "audio", "video", "document"};
    return kWords;
}
const Words& output_words() {
    static const Words kWords{"text", "image", "audio", "embedding"};
    return kWords;
}
const Words& flag_words() {
    static const Words kWords{
        "tools",
        "parallel_tools",
        "structured_output",
        "max_completion_tokens",
        "developer_role",
        "no_system",
        "no_sampling",
        "sampling_without_reasoning",
        "temperature_or_top_p",
        "no_prefill",
        "prefill",
        "effort",
        "reasoning_always",
        "no_tools_with_effort",
        "tools_need_effort_none",
        "thought_signatures",
        "json_schema_parameters",
        "reasoning_content"};
    return kWords;
}
const Words& reasoning_words() {
    static const Words kWords{"effort", "budget", "adaptive", "level"};
    return kWords;
}
const Words& tokenizer_words() {
    static const Words kWords(model::kTokenizerNames.begin(), model::kTokenizerNames.end());
    return kWords;
}
const Words& entry_keys() {
    static const Words kWords{
        "names", "context_tokens", "output_tokens_max", "input", "output", "tokenizer", "reasoning", "flags"};
    return kWords;
}

std::string listed(const Words& words) {
    std::string out;
    for (const auto& word : words) {
        out += (out.empty() ? "" : ", ") + word;
    }
    return out;
}

// Reads one entry.
class EntryBlock {
public:
    EntryBlock(const Member& member, Reader& reader)
        : member_(member), reader_(reader), path_("models." + member.key) {}

    // Nothing when a problem was added.
    std::optional<ModelFacts> read() {
        facts_.name = member_.key;
        if (member_.value.kind != Node::Kind::map) {
            problem(member_.value, path_, "not an entry, write it as a map with names");
            return std::nullopt;
        }
        for (const Member& key : member_.value.members) {
            read_key(key, path_ + "." + key.key);
        }
        if (member_.value.find("names") == nullptr) {
            problem(member_.value, path_, "has no names, write names: [" + member_.key + "]");
        }
        return good_ ? std::optional(std::move(facts_)) : std::nullopt;
    }

private:
    void problem(const Node& node, const std::string& path, const std::string& message) {
        reader_.problem(node, path, message);
        good_ = false;
    }

    void read_key(const Member& key, const std::string& path) {
        const Node& node = key.value;
        if (key.key == "names") {
            read_names(node, path);
        } else if (key.key == "context_tokens") {
            read_count(node, path, facts_.context_tokens);
        } else if (key.key == "output_tokens_max") {
            read_count(node, path, facts_.output_tokens_max);
        } else if (key.key == "input") {
            read_words(node, path, input_words(), facts_.input);
        } else if (key.key == "output") {
            read_words(node, path, output_words(), facts_.output);
        } else if (key.key == "flags") {
            read_words(node, path, flag_words(), facts_.flags);
        } else if (key.key == "reasoning") {
            facts_.reasoning = read_word(node, path, reasoning_words());
        } else if (key.key == "tokenizer") {
            read_tokenizer(node, path);
        } else {
            reader_.problems().add(key.place, path, "unknown key" + did_you_mean(key.key, entry_keys()));
            good_ = false;
        }
    }

    void read_names(const Node& node, const std::string& path) {
        auto names = reader_.texts(node, path);
        if (!names) {
            good_ = false;
            return;
        }
        if (names->empty() || names->size() > kModelNamesMax) {
            problem(node, path, "not a list of 1 to " + std::to_string(kModelNamesMax) + " names, write at least one");
            return;
        }
        for (const auto& name : *names) {
            const auto star = name.find('*');
            if (name == "*" || (star != name.npos && star + 1 != name.size())) {
                problem(node, path, "a star stands for the rest of a name only, write it like acme-large-*");
                return;
            }
        }
        facts_.names = *std::move(names);
    }

    void read_count(const Node& node, const std::string& path, std::uint64_t& value) {
        constexpr Key kCount{.path = "", .type = Type::count, .min = 1, .max = 1000000000};
        const auto count = reader_.number(node, kCount, path);
        good_ = good_ && count;
        value = count.value_or(0);
    }

    void read_words(const Node& node, const std::string& path, const Words& known, Words& value) {
        auto words = reader_.texts(node, path);
        if (!words) {
            good_ = false;
            return;
        }
        for (std::size_t index = 0; index < words->size(); ++index) {
            check_word(node.items[index], path + "[" + std::to_string(index) + "]", known, (*words)[index]);
        }
        value = *std::move(words);
    }

    std::string read_word(const Node& node, const std::string& path, const Words& known) {
        constexpr Key kWord{.path = "", .type = Type::text, .min = 1, .max = 64};
        auto word = reader_.text(node, kWord, path);
        if (!word) {
            good_ = false;
            return {};
        }
        check_word(node, path, known, *word);
        return *std::move(word);
    }

    void check_word(const Node& node, const std::string& path, const Words& known, const std::string& word) {
        if (std::find(known.begin(), known.end(), word) == known.end()) {
            problem(node, path, "not one of " + listed(known) + did_you_mean(word, known));
        }
    }

    void read_tokenizer(const Node& node, const std::string& path) {
        const auto word = read_word(node, path, tokenizer_words());
        const auto& names = tokenizer_words();
        const auto found = std::find(names.begin(), names.end(), word);
        if (found != names.end()) {
            facts_.tokenizer = static_cast<model::TokenizerFamily>(std::distance(names.begin(), found));
        }
    }

    const Member& member_;
    Reader& reader_;
    const std::string path_;
    ModelFacts facts_;
    bool good_ = true;
};

}  // namespace

ModelTable read_models(std::string_view text, const Sources& sources, Problems& problems) {
    ModelTable table;
    const Node root = parse_document(text, problems);
    Reader reader(sources, problems);
    for (const Member& member : root.members) {
        if (member.key != "models") {
            problems.add(member.place, member.key, "unknown key" + did_you_mean(member.key, {"models"}));
        }
    }
    const Node* models = root.find("models");
    if (models == nullptr || !reader.is_map(*models, "models")) {
        if (models == nullptr && root.kind == Node::Kind::map && root.members.empty()) {
            problems.add({}, {}, "the file has no models, write them below the key models");
        }
        return table;
    }
    if (models->members.size() > kModelEntriesMax) {
        reader.problem(
            *models, "models", "more than " + std::to_string(kModelEntriesMax) + " entries, make it shorter"
        );
        return table;
    }
    for (const Member& member : models->members) {
        if (auto facts = EntryBlock(member, reader).read()) {
            table.add(*std::move(facts));
        }
    }
    return table;
}

void load_models(const Sources& sources, Snapshot& snapshot, std::vector<Problem>& problems) {
    ModelTable table;
    if (!snapshot.models_file.empty()) {
        Problems found(snapshot.models_file);
        const auto text = sources.read_file(snapshot.models_file);
        if (text) {
            snapshot.models_file_hash = std::hash<std::string>{}(*text);
            table = read_models(*text, sources, found);
        } else {
            found.add(
                {},
                {},
                "the file cannot be read (" + text.error().message + "), make it readable or correct models_file"
            );
        }
        for (auto& problem : std::move(found).take()) {
            problems.push_back(std::move(problem));
        }
    }
    Problems none("built-in models.yaml");
    table.append(read_models(builtin_models(), sources, none));
    for (auto& problem : std::move(none).take()) {
        problems.push_back(std::move(problem));
    }
    snapshot.model_table = std::move(table);
}

}  // namespace aihub::config
