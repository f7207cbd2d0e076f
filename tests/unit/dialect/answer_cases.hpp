// Answers as lists of events, from files.
//
// A file tests/golden/dialect/answers/<case>.events has one event in a line: kind|choice|block|extra|text, the text in
// the notation of support/byte_cases.hpp. Other lines: "usage|input=1|output=2", "include_usage", remarks with "# ".
// Beside it stand the client's bytes, <case>.<format>.sse and .json.
#pragma once

#include "capability/provider.hpp"
#include "model/usage.hpp"
#include "support/byte_cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
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

}  // namespace aihub::dialect::test
