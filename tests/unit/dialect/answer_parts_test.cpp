#include "dialect/answer_parts.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace aihub::dialect {
namespace {

using capability::Event;
using capability::EventKind;

Answer::Place give(
    Answer& answer, EventKind kind, std::string_view text, std::string_view extra = {}, std::uint32_t block = 0
) {
    Event event;
    event.kind = kind;
    event.text = text;
    event.extra = extra;
    event.block = block;
    return answer.add(event);
}

TEST(AnswerParts, WhatIsSignedAndWhatIsNotStayApart) {
    Answer answer;
    give(answer, EventKind::text, "a");
    give(answer, EventKind::signature, "s0", "text");
    give(answer, EventKind::text, "b");
    give(answer, EventKind::signature, "s1", "text", 1);  // alone
    give(answer, EventKind::text, "c");
    const auto& parts = answer.choice(0).parts;
    ASSERT_EQ(parts.size(), 4U);
    const std::pair<const char*, const char*> expected[] = {{"a", "s0"}, {"b", ""}, {"", "s1"}, {"c", ""}};
    for (std::size_t at = 0; at < parts.size(); ++at) {
        EXPECT_EQ(parts[at].text, expected[at].first) << at;
        EXPECT_EQ(parts[at].signature, expected[at].second) << at;
    }
}

TEST(JsonProgress, KnowsWhenAValueIsComplete) {
    JsonProgress progress;
    EXPECT_FALSE(progress.begun());
    progress.add(" ");
    EXPECT_FALSE(progress.begun());
    for (const std::string_view piece : {"{\"a}\\", "\"\":", "[1", "]"}) {
        progress.add(piece);
        EXPECT_FALSE(progress.complete()) << piece;
    }
    progress.add("}");
    EXPECT_TRUE(progress.complete());
}

TEST(AnswerParts, PiecesOfOneKindAreOnePart) {
    Answer answer;
    give(answer, EventKind::text, "a");
    give(answer, EventKind::text, "b");
    give(answer, EventKind::reasoning, "c", {}, 0);
    give(answer, EventKind::reasoning, "d", {}, 1);
    give(answer, EventKind::text, "e");
    const auto& parts = answer.choice(0).parts;
    ASSERT_EQ(parts.size(), 4U);
    EXPECT_EQ(parts[0].text, "ab");
    EXPECT_EQ(parts[3].text, "e");
}

TEST(AnswerParts, ASignatureEndsItsBlock) {
    Answer answer;
    give(answer, EventKind::reasoning, "a");
    give(answer, EventKind::signature, "s", "reasoning");
    give(answer, EventKind::reasoning, "b");
    give(answer, EventKind::signature, "t", "reasoning");
    const auto& parts = answer.choice(0).parts;
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].signature, "s");
    EXPECT_EQ(parts[1].signature, "t");
}

TEST(AnswerParts, ASignatureForAPartThatIsClosedMakesItsOwn) {
    Answer answer;
    give(answer, EventKind::reasoning, "a");
    answer.choice(0).parts[0].closed = true;
    give(answer, EventKind::signature, "s", "reasoning");
    ASSERT_EQ(answer.choice(0).parts.size(), 2U);
    EXPECT_EQ(answer.choice(0).parts[1].signature, "s");
}

TEST(AnswerParts, WhereOnlyThoughtsAreSignedOneStandsBeforeTheCall) {
    Answer answer(Signatures::of_reasoning);
    give(answer, EventKind::text, "t");
    give(answer, EventKind::signature, "s0", "text");
    give(answer, EventKind::tool_begin, "f", "id", 0);
    give(answer, EventKind::signature, "s1", "tool", 0);
    give(answer, EventKind::tool_args, "{}", {}, 0);
    auto& parts = answer.choice(0).parts;
    ASSERT_EQ(parts.size(), 4U);
    EXPECT_EQ(parts[1].signature, "s0");
    EXPECT_EQ(parts[2].kind, PartKind::reasoning);
    EXPECT_EQ(parts[2].signature, "s1");
    EXPECT_EQ(parts[3].text, "{}");
    parts[3].opened = true;
    give(answer, EventKind::signature, "s2", "tool", 0);
    EXPECT_EQ(parts.back().signature, "s2");
    give(answer, EventKind::signature, "s3", "reasoning", 0);  // of another block
    EXPECT_EQ(parts.back().signature, "s3");
    EXPECT_EQ(parts.size(), 6U);
}

TEST(AnswerParts, ACallThatIsNamedTwiceIsOneCall) {
    Answer answer;
    give(answer, EventKind::tool_begin, "f", "id1", 3);
    EXPECT_EQ(give(answer, EventKind::tool_begin, "f", "id1", 3).part, nullptr);
    EXPECT_EQ(give(answer, EventKind::tool_args, "{", {}, 9).part, nullptr);  // it did not begin
    give(answer, EventKind::tool_begin, "g", "id2", 3);                       // another, on the same place
    give(answer, EventKind::tool_args, "{}", {}, 3);
    const auto& parts = answer.choice(0).parts;
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].text, "");
    EXPECT_EQ(parts[1].text, "{}");
    EXPECT_EQ(parts[1].number, 1U);
}

TEST(AnswerParts, WhyItEndedFollowsFromWhatItHolds) {
    struct Case {
        std::string_view said;
        bool tools;
        Finish expected;
    };
    const std::vector<Case> cases{
        {"stop", false, Finish::stop},
        {"stop", true, Finish::tool_calls},
        {"tool_calls", true, Finish::tool_calls},
        {"tool_calls", false, Finish::stop},
        {"length", true, Finish::length},
        {"content_filter", true, Finish::content_filter},
        {"", false, Finish::stop},
        {"odd", true, Finish::tool_calls},
    };
    for (const auto& one : cases) {
        Answer answer;
        if (one.tools) {
            give(answer, EventKind::tool_begin, "f", "id");
        }
        give(answer, EventKind::finish, "", one.said);
        give(answer, EventKind::finish, "", "length");  // the first counts
        EXPECT_EQ(finish_of(answer.choice(0)), one.expected) << one.said;
    }
}

TEST(AnswerParts, WholeCharactersAreWritten) {
    AnswerPart part;
    const std::vector<std::pair<std::string_view, std::size_t>> cases{
        {"a", 1},
        {"a\xC3", 1},
        {"\xC3\xBC", 2},
        {"\xE2\x82", 0},
        {"x\xF0\x9F\x98", 1},
        {"\xF0\x9F\x98\x80", 4},
        {"\x80", 1}};
    for (const auto& [text, bytes] : cases) {
        part.text = text;
        EXPECT_EQ(part.unwritten_text(false).size(), bytes);
        EXPECT_EQ(part.unwritten_text(true).size(), text.size());
    }
    part.text = "a\xC3";
    part.text_was_written(1, false);
    EXPECT_EQ(part.text, "\xC3");
    part.text_was_written(1, true);
    EXPECT_EQ(part.text, "\xC3");
    EXPECT_EQ(part.unwritten_text(true), "");
}

TEST(AnswerParts, AnAnswerHasLimits) {
    Answer answer;
    Event event;
    event.text = "a";
    event.choice = 128;
    EXPECT_EQ(answer.add(event).choice, nullptr);
    event.choice = 127;
    EXPECT_NE(answer.add(event).choice, nullptr);
    for (std::uint32_t tool = 0; tool < 1025; ++tool) {
        give(answer, EventKind::tool_begin, "f", std::to_string(tool), tool);
    }
    EXPECT_EQ(give(answer, EventKind::tool_args, "{", {}, 0).part, nullptr);
    EXPECT_NE(give(answer, EventKind::tool_args, "{", {}, 1).part, nullptr);
}

TEST(AnswerParts, EventsThatAreAboutNoChoiceMakeNone) {
    Answer answer;
    give(answer, EventKind::model, "m");
    give(answer, EventKind::dropped, "seed");
    EXPECT_TRUE(answer.choices().empty());
}

}  // namespace
}  // namespace aihub::dialect
