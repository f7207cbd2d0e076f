#include "gateway/feedback.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace aihub::gateway {
namespace {

using capability::JsonMember;

std::string told(const std::vector<JsonMember>& members, bool store_comments = true) {
    const auto read = read_feedback(members, store_comments);
    if (!read) {
        return read.error().param + ": " + read.error().message;
    }
    return read->request_id + " " + std::to_string(read->score) + " " + read->comment;
}

TEST(Feedback, HasAScoreAndPerhapsAComment) {
    EXPECT_EQ(told({{"request_id", R"("req_1")"}, {"score", "1"}}), "req_1 1.000000 ");
    EXPECT_EQ(told({{"score", "-1"}, {"request_id", R"("r")"}}), "r -1.000000 ");
    EXPECT_EQ(told({{"score", "2.5e-1"}, {"request_id", R"("r")"}}), "r 0.250000 ");
    EXPECT_EQ(
        told({{"request_id", R"("r")"}, {"score", "0"}, {"comment", R"("good \"one\"\n\u00fc\u0000")"}}),
        "r 0.000000 good \"one\"\n\u00fc"
    );
}

TEST(Feedback, ACommentIsCheckedButNotKeptUnlessThatIsTurnedOn) {
    EXPECT_EQ(told({{"request_id", R"("r")"}, {"score", "1"}, {"comment", R"("secret")"}}, false), "r 1.000000 ");
    const std::string longer = "\"" + std::string(experiment::kCommentMax + 1, 'x') + "\"";
    EXPECT_EQ(
        told({{"request_id", R"("r")"}, {"score", "1"}, {"comment", longer}}, false),
        "comment: \"comment\" has more than 4000 bytes, make it shorter"
    );
}

TEST(Feedback, WhatIsWrongIsNamed) {
    const std::string no_score = "score: \"score\" must be a number from -1 (bad) to 1 (good)";
    for (const char* score : {"1.01", "-1.5", "\"1\"", "true", "null", "1e999", "[1]"}) {
        EXPECT_EQ(told({{"request_id", R"("r")"}, {"score", score}}), no_score) << score;
    }
    EXPECT_EQ(told({}), "request_id: \"request_id\" is missing: the x-request-id of the answer");
    EXPECT_EQ(
        told({{"request_id", R"("")"}, {"score", "1"}}),
        "request_id: \"request_id\" is missing: the x-request-id of the answer"
    );
    EXPECT_EQ(told({{"request_id", "7"}}), "request_id: \"request_id\" must be a string");
    EXPECT_EQ(told({{"request_id", R"("r")"}}), "score: \"score\" is missing: a number from -1 (bad) to 1 (good)");
    EXPECT_EQ(told({{"rating", "5"}}), "rating: feedback has request_id, score and comment, not \"rating\"");
    const std::string longer = "\"" + std::string(257, 'x') + "\"";
    EXPECT_EQ(
        told({{"request_id", longer}, {"score", "1"}}),
        "request_id: \"request_id\" has more than 256 bytes, make it shorter"
    );
}

}  // namespace
}  // namespace aihub::gateway
