// What the renderers make of answers, and how a client reads it.
#pragma once

#include "answer_cases.hpp"
#include "dialect/renderer.hpp"
#include "random_answer.hpp"

#include <aihub/json_read.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::dialect::test {

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
