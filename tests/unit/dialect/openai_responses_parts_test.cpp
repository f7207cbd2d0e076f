#include "dialect/openai_responses_parts.hpp"

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

TEST(OpenaiResponsesParts, OnlyTheLastItemWasCut) {
    AnswerChoice choice;
    choice.parts.resize(2);
    choice.finish = "length";
    EXPECT_EQ(final_state(choice, 0), ItemState::completed);
    EXPECT_EQ(final_state(choice, 1), ItemState::incomplete);
    EXPECT_EQ(response_status(choice), "incomplete");
    choice.finish = "stop";
    EXPECT_EQ(final_state(choice, 1), ItemState::completed);
    EXPECT_EQ(response_status(choice), "completed");
}

TEST(OpenaiResponsesParts, IdsSayWhatAnItemIs) {
    AnswerTraits traits;
    traits.id = "1a";
    AnswerPart part;
    EXPECT_EQ(item_id(traits, part, 0), "msg_1a_0");
    part.kind = PartKind::tool;
    EXPECT_EQ(item_id(traits, part, 1), "fc_1a_1");
    part.kind = PartKind::redacted;
    EXPECT_EQ(item_id(traits, part, 2), "rs_1a_2");
    part.kind = PartKind::media;
    part.name = "image/png";
    EXPECT_EQ(item_id(traits, part, 3), "ig_1a_3");
}

TEST(OpenaiResponsesParts, AnItemInProgressHasNoContent) {
    AnswerPart part;
    part.text = "words";
    std::string out;
    append_item(out, {}, part, 0, ItemState::in_progress);
    EXPECT_EQ(out, R"({"id":"msg__0","type":"message","status":"in_progress","role":"assistant","content":[]})");
}

}  // namespace
}  // namespace aihub::dialect
