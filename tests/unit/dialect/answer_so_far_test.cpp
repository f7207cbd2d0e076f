#include "dialect/answer_so_far.hpp"

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

using capability::Event;
using capability::EventKind;

// Writes down what it is given.
class Recorder final : public Renderer {
public:
    void event(const Event& event, std::string& out) override {
        out += std::to_string(event.block) + ":" + std::string(event.text) + " ";
    }
    void finish(const model::Usage& usage, std::string& out) override {
        out += std::to_string(usage.input.value_or(0)) + "/" + std::to_string(usage.output.value_or(0));
    }
    [[nodiscard]] std::size_t held() const override { return 7; }
};

class AnswerSoFarTest : public ::testing::Test {
protected:
    std::string give(EventKind kind, std::string_view text, std::uint32_t block = 0, std::uint32_t choice = 0) {
        Event event;
        event.kind = kind;
        event.text = text;
        event.block = block;
        event.choice = choice;
        std::string out;
        answer.event(event, out);
        return out;
    }
    AnswerSoFar answer{std::make_unique<Recorder>(), 8};
};

TEST_F(AnswerSoFarTest, the_text_is_kept_and_counted) {
    EXPECT_TRUE(answer.can_go_on());
    EXPECT_EQ(give(EventKind::text, "one "), "0:one  ");
    give(EventKind::reasoning, "hm");
    give(EventKind::text, "two");
    EXPECT_EQ(answer.text(), "one two");
    EXPECT_EQ(answer.held(), 14U);
    EXPECT_TRUE(answer.can_go_on());
}

TEST_F(AnswerSoFarTest, what_cannot_be_handed_over_ends_it) {
    for (const auto kind :
         {EventKind::tool_begin, EventKind::tool_args, EventKind::refusal, EventKind::media, EventKind::finish}) {
        AnswerSoFar other(std::make_unique<Recorder>(), 8);
        Event event;
        event.kind = kind;
        std::string out;
        other.event(event, out);
        EXPECT_FALSE(other.can_go_on()) << static_cast<int>(kind);
    }
    give(EventKind::text, "a", 0, 1);
    EXPECT_FALSE(answer.can_go_on()) << "a second choice";
}

TEST_F(AnswerSoFarTest, a_text_that_is_too_long_or_ends_within_a_character_ends_it) {
    give(EventKind::text, "12345678");
    EXPECT_TRUE(answer.can_go_on());
    give(EventKind::text, "9");
    EXPECT_FALSE(answer.can_go_on());
    AnswerSoFar cut(std::make_unique<Recorder>(), 8);
    Event event;
    event.kind = EventKind::text;
    event.text = "a\xe2\x82";
    std::string out;
    cut.event(event, out);
    EXPECT_FALSE(cut.can_go_on());
}

TEST_F(AnswerSoFarTest, blocks_of_two_providers_differ) {
    EXPECT_EQ(give(EventKind::reasoning, "a", 2), "2:a ");
    answer.next_provider({});
    EXPECT_EQ(give(EventKind::reasoning, "b", 0), "3:b ");
    answer.next_provider({});
    EXPECT_EQ(give(EventKind::reasoning, "c", 0), "4:c ");
}

TEST_F(AnswerSoFarTest, what_was_said_is_no_beginning_for_others) {
    give(EventKind::model, "m");
    give(EventKind::dropped, "seed");
    EXPECT_FALSE(answer.touched());
    give(EventKind::text, "a");
    EXPECT_TRUE(answer.touched());
    answer.next_provider({});
    EXPECT_FALSE(answer.touched());
    give(EventKind::tool_begin, "f");
    EXPECT_TRUE(answer.touched());
    EXPECT_EQ(answer.text(), "") << "nobody needs it any more";
}

TEST_F(AnswerSoFarTest, the_usage_is_that_of_all) {
    model::Usage first;
    first.input = 10;
    answer.next_provider(first);
    model::Usage second;
    second.input = 5;
    second.output = 3;
    std::string out;
    answer.finish(second, out);
    EXPECT_EQ(out, "15/3");
    EXPECT_FALSE(answer.can_go_on());
}

}  // namespace
}  // namespace aihub::dialect
