// Answers as lists of events, from files and from a generator, and what the renderers make of them.
//
// A file tests/golden/dialect/answers/<case>.events has one event in a line: kind|choice|block|extra|text, the text in
// the notation of support/byte_cases.hpp. Other lines: "usage|input=1|output=2", "include_usage", remarks with "# ".
// Beside it stand the client's bytes, <case>.<format>.sse and .json.
#pragma once

#include "dialect/renderer.hpp"
#include "support/byte_cases.hpp"

#include <aihub/json_read.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::dialect::test {

using capability::Event;
using capability::EventKind;

struct OneEvent {
    EventKind kind = EventKind::text;
    std::uint32_t choice = 0;
    std::uint32_t block = 0;
    std::string extra;
    std::string text;
};

struct AnswerCase {
    std::string name;
    std::vector<OneEvent> events;
    model::Usage usage;
    bool include_usage = false;
};

inline constexpr std::array<std::pair<std::string_view, EventKind>, 15> kKinds{{
    {"text", EventKind::text},
    {"reasoning", EventKind::reasoning},
    {"tool_begin", EventKind::tool_begin},
    {"tool_args", EventKind::tool_args},
    {"finish", EventKind::finish},
    {"embedding", EventKind::embedding},
    {"model", EventKind::model},
    {"signature", EventKind::signature},
    {"redacted", EventKind::redacted},
    {"refusal", EventKind::refusal},
    {"citation", EventKind::citation},
    {"media", EventKind::media},
    {"logprobs", EventKind::logprobs},
    {"id", EventKind::id},
    {"dropped", EventKind::dropped},
}};

inline std::filesystem::path answers_folder() {
    return std::filesystem::path(AIHUB_TESTS_DIR) / "golden/dialect/answers";
}

inline std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The text up to the next bar, which is taken away.
inline std::string_view column(std::string_view& line) {
    const auto end = line.find('|');
    const auto found = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    return found;
}

inline void read_usage(std::string_view line, model::Usage& usage) {
    const std::map<std::string_view, std::optional<std::uint64_t>*> fields{
        {"input", &usage.input},
        {"output", &usage.output},
        {"cache_read", &usage.cache_read},
        {"cache_write", &usage.cache_write},
        {"cache_write_1h", &usage.cache_write_1h},
        {"reasoning", &usage.reasoning}};
    while (!line.empty()) {
        const auto field = column(line);
        const auto equals = field.find('=');
        *fields.at(field.substr(0, equals)) = std::stoull(std::string(field.substr(equals + 1)));
    }
}

inline AnswerCase read_case(const std::filesystem::path& path) {
    AnswerCase one;
    one.name = path.stem().string();
    std::istringstream lines(text_of(path));
    for (std::string text; std::getline(lines, text);) {
        std::string_view line = text;
        if (line.empty() || line.starts_with("# ")) {
            continue;
        }
        const auto word = column(line);
        if (word == "usage") {
            read_usage(line, one.usage);
            continue;
        }
        if (word == "include_usage") {
            one.include_usage = true;
            continue;
        }
        OneEvent event;
        const auto is_it = [&](const auto& kind) { return kind.first == word; };
        const auto kind = std::find_if(kKinds.begin(), kKinds.end(), is_it);
        EXPECT_NE(kind, kKinds.end()) << path << ": " << word;
        event.kind = kind->second;
        event.choice = static_cast<std::uint32_t>(std::stoul(std::string(column(line))));
        event.block = static_cast<std::uint32_t>(std::stoul(std::string(column(line))));
        event.extra = column(line);
        event.text = aihub::test::unescape(line);
        one.events.push_back(std::move(event));
    }
    return one;
}

inline std::vector<AnswerCase> golden_cases() {
    std::vector<AnswerCase> cases;
    for (const auto& entry : std::filesystem::directory_iterator(answers_folder())) {
        if (entry.path().extension() == ".events") {
            cases.push_back(read_case(entry.path()));
        }
    }
    std::sort(cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return cases;
}

// Events as a provider might send them, in a mixed order: pieces of several tools' arguments and several choices are
// interleaved; texts and arguments are cut at any byte.
class RandomAnswer {
public:
    explicit RandomAnswer(unsigned seed) : random_(seed) {}

    AnswerCase make() {
        AnswerCase one;
        one.include_usage = below(2) == 0;
        one.usage.input = below(100);
        one.usage.output = below(100);
        const auto choices = 1 + below(3) / 2;
        for (std::uint32_t choice = 0; choice < choices; ++choice) {
            add_choice(choice);
        }
        while (!rows_.empty()) {
            auto& row = rows_[below(static_cast<std::uint32_t>(rows_.size()))];
            auto& group = row.front();
            one.events.insert(one.events.end(), group.begin(), group.end());
            row.erase(row.begin());
            rows_.erase(
                std::remove_if(rows_.begin(), rows_.end(), [](const Row& r) { return r.empty(); }), rows_.end()
            );
        }
        for (std::uint32_t choice = 0; choice < choices; ++choice) {
            constexpr std::array<std::string_view, 4> kReasons{"stop", "length", "tool_calls", "content_filter"};
            if (below(5) > 0) {
                one.events.push_back({EventKind::finish, choice, 0, std::string(kReasons[below(4)]), ""});
            }
        }
        return one;
    }

private:
    using Group = std::vector<OneEvent>;  // stays together
    using Row = std::vector<Group>;       // stays in order

    std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

    std::vector<std::string> cut(std::string_view text) {
        std::vector<std::string> pieces;
        while (!text.empty()) {
            const auto size = 1 + below(5);
            pieces.emplace_back(text.substr(0, size));
            text.remove_prefix(std::min<std::size_t>(size, text.size()));
        }
        return pieces;
    }
    Group words(EventKind kind, std::uint32_t choice, std::uint32_t block) {
        constexpr std::array<std::string_view, 4> kTexts{
            "Gr\u00fc\u00dfe an alle", "\U0001F600\U0001F601 ok", "line\n\"quoted\" \\", "\u65e5\u672c\u8a9e"};
        Group group;
        for (auto& piece : cut(kTexts[below(4)])) {
            group.push_back({kind, choice, block, "", std::move(piece)});
        }
        return group;
    }
    void add_choice(std::uint32_t choice) {
        Row row;
        for (auto left = below(4); left > 0; --left) {
            const auto what = below(5);
            if (what == 0) {
                auto group = words(EventKind::reasoning, choice, left);
                group.push_back({EventKind::signature, choice, left, "reasoning", "sig" + std::to_string(left)});
                row.push_back(std::move(group));
            } else if (what == 1) {
                row.push_back({{EventKind::redacted, choice, left, "", "sealed" + std::to_string(left)}});
            } else {
                row.push_back(words(what == 2 ? EventKind::reasoning : EventKind::text, choice, 0));
            }
        }
        if (!row.empty()) {
            rows_.push_back(std::move(row));
        }
        const auto tools = below(4);
        for (std::uint32_t tool = 0; tool < tools; ++tool) {
            add_tool(choice, tool);
        }
    }
    void add_tool(std::uint32_t choice, std::uint32_t tool) {
        constexpr std::array<std::string_view, 4> kArguments{
            "",
            R"({"city":"K\u00f6ln {","n":12345678901234567890.10})",
            R"({"a":{"b":[1,{"c":"}"}]}})",
            R"( {"ü":"\\"} )"};
        Row row;
        const auto id = "call_" + std::to_string(choice) + "_" + std::to_string(tool);
        row.push_back({{EventKind::tool_begin, choice, tool, id, "f" + std::to_string(tool)}});
        for (auto& piece : cut(kArguments[below(4)])) {
            row.push_back({{EventKind::tool_args, choice, tool, "", std::move(piece)}});
        }
        rows_.push_back(std::move(row));
    }

    std::mt19937 random_;
    std::vector<Row> rows_;
};

// The cases of the files and many that were made: what holds for every answer.
inline std::vector<AnswerCase> all_cases() {
    auto cases = golden_cases();
    EXPECT_GE(cases.size(), 18U);
    for (unsigned seed = 1; seed <= 500; ++seed) {
        cases.push_back(RandomAnswer(seed).make());
        cases.back().name = "seed " + std::to_string(seed);
    }
    return cases;
}

inline AnswerTraits traits_of(const AnswerCase& one, bool stream, bool array) {
    AnswerTraits traits;
    traits.id = "0a1b2c";
    traits.model = "asked";
    traits.created = 1700000000;
    traits.stream = stream;
    traits.include_usage = one.include_usage;
    traits.array = array;
    traits.input_estimate = 7;
    return traits;
}

inline std::string render(Format format, const AnswerCase& one, bool stream, bool array = false) {
    const auto renderer = make_renderer(format, traits_of(one, stream, array));
    std::string out;
    for (const auto& event : one.events) {
        Event given;
        given.kind = event.kind;
        given.choice = event.choice;
        given.block = event.block;
        given.text = event.text;
        given.extra = event.extra;
        renderer->event(given, out);
    }
    renderer->finish(one.usage, out);
    return out;
}

inline void expect_golden(const std::string& file, const std::string& result) {
    const auto path = answers_folder() / file;
    if (std::getenv("AIHUB_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(path, std::ios::binary) << result;
    }
    EXPECT_EQ(result, text_of(path)) << file;
}

// AIHUB_UPDATE_GOLDEN=1 writes what is the case now; read the difference before keeping it.
inline void expect_goldens(Format format, const std::string& name) {
    for (const auto& one : golden_cases()) {
        expect_golden(one.name + "." + name + ".sse", render(format, one, true));
        expect_golden(one.name + "." + name + ".json", render(format, one, false) + "\n");
    }
}

struct StreamEvent {
    std::string name;
    std::string data;
};

inline std::vector<StreamEvent> events_of(const std::string& stream) {
    std::vector<StreamEvent> events(1);
    std::istringstream lines(stream);
    for (std::string line; std::getline(lines, line);) {
        if (line.empty()) {
            events.emplace_back();
        } else if (line.starts_with("event: ")) {
            events.back().name = line.substr(7);
        } else {
            EXPECT_TRUE(line.starts_with("data: ")) << line;
            EXPECT_TRUE(events.back().data.empty()) << line;
            events.back().data = line.substr(6);
        }
    }
    EXPECT_TRUE(events.back().data.empty());
    events.pop_back();
    return events;
}

// A JSON text that holds itself.
class Json {
public:
    explicit Json(std::string text) : text_(std::make_unique<std::string>(std::move(text))) {
        auto parsed = sdk::JsonDocument::parse(*text_);
        EXPECT_TRUE(parsed) << *text_;
        if (parsed) {
            document_ = std::move(*parsed);
        }
    }
    [[nodiscard]] sdk::JsonValue root() const { return document_ ? document_->root() : sdk::JsonValue(); }
    sdk::JsonValue operator[](std::string_view name) const { return root()[name]; }

private:
    std::unique_ptr<std::string> text_;
    std::optional<sdk::JsonDocument> document_;
};

// Spaces around a JSON text mean nothing, and a renderer need not keep them.
inline std::string trimmed(const std::string& text) {
    const auto begin = text.find_first_not_of(' ');
    return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// What the events of one choice say, joined.
struct Said {
    std::string text;  // without refusals
    std::string reasoning;
    std::string refusal;
    std::vector<std::string> arguments;  // trimmed, by the order in which the tools began
    std::string finish;

    [[nodiscard]] bool ends_with_tools() const {
        return finish != "length" && finish != "content_filter" && !arguments.empty();
    }
};

inline Said said(const AnswerCase& one, std::uint32_t choice) {
    Said result;
    std::map<std::uint32_t, std::size_t> tools;
    for (const auto& event : one.events) {
        if (event.choice != choice) {
            continue;
        }
        if (event.kind == EventKind::text) {
            result.text += event.text;
        } else if (event.kind == EventKind::reasoning) {
            result.reasoning += event.text;
        } else if (event.kind == EventKind::refusal) {
            result.refusal += event.text;
        } else if (event.kind == EventKind::tool_begin) {
            tools[event.block] = result.arguments.size();
            result.arguments.emplace_back();
        } else if (event.kind == EventKind::tool_args) {
            result.arguments[tools.at(event.block)] += event.text;
        } else if (event.kind == EventKind::finish && result.finish.empty()) {
            result.finish = event.extra;
        }
    }
    for (auto& arguments : result.arguments) {
        arguments = arguments.empty() ? "{}" : trimmed(arguments);
    }
    return result;
}

}  // namespace aihub::dialect::test
