#include "dialect/thinking.hpp"

#include <aihub/json_read.hpp>

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

Result<sdk::ChatReasoning> reasoning_of(std::string_view text) {
    static std::string kept;  // what is read views it
    kept = text;
    const auto document = sdk::JsonDocument::parse(kept);
    sdk::ChatReasoning read;
    const Place place;
    if (const auto done = read_thinking(document->root(), place.member("thinking"), read); !done) {
        return done.error();
    }
    return read;
}

TEST(Thinking, HasThreeModes) {
    const auto on = reasoning_of(R"({"type":"enabled","budget_tokens":2048,"display":"omitted"})");
    ASSERT_TRUE(on);
    EXPECT_EQ(on->mode, sdk::ReasoningMode::on);
    EXPECT_EQ(on->budget_tokens, "2048");
    EXPECT_EQ(on->summary, "false");
    EXPECT_EQ(reasoning_of(R"({"type":"disabled"})")->mode, sdk::ReasoningMode::off);
    EXPECT_EQ(reasoning_of(R"({"type":"adaptive"})")->mode, sdk::ReasoningMode::adaptive);
    EXPECT_EQ(reasoning_of("null")->mode, sdk::ReasoningMode::unset);
}

TEST(Thinking, IsChecked) {
    EXPECT_EQ(reasoning_of(R"({"type":"hard"})").error().param, "thinking.type");
    EXPECT_EQ(reasoning_of(R"({"type":"enabled","budget_tokens":0})").error().param, "thinking.budget_tokens");
    EXPECT_EQ(reasoning_of("true").error().param, "thinking");
}

}  // namespace
}  // namespace aihub::dialect
