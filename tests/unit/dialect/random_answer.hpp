// Answers as lists of events, made by chance.
#pragma once

#include "answer_cases.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::dialect::test {

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

}  // namespace aihub::dialect::test
