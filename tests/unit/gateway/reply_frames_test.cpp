#include "gateway/reply_frames.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aihub::gateway {
namespace {

using capability::Framing;
using ::testing::ElementsAre;

class ReplyFramesTest : public ::testing::Test {
protected:
    ReplyFramesTest() {
        limits.reply_bytes_max = 10;
        limits.stream_frame_bytes_max = 20;
    }
    void begin(Framing framing, std::uint64_t length = 0, bool may_pass = false) {
        frames.emplace(limits).begin(framing, length, may_pass);
    }
    Result<void> add(std::string_view bytes) {
        return frames->add(bytes, [this](const ReplyFrame& frame) { take(frame); });
    }
    Result<void> finish() {
        return frames->finish([this](const ReplyFrame& frame) { take(frame); });
    }
    void take(const ReplyFrame& frame) {
        seen.push_back(
            (frame.passed ? "passed " : "") + std::string(frame.event) + "|" + std::string(frame.data) + "|" +
            std::string(frame.raw)
        );
        last_data = frame.data.data();
    }

    config::Limits limits;
    std::optional<ReplyFrames> frames;
    std::vector<std::string> seen;
    const char* last_data = nullptr;
};

TEST_F(ReplyFramesTest, a_whole_body_in_one_piece_is_not_copied) {
    begin(Framing::whole);
    const std::string body = "{\"a\":1}";
    ASSERT_TRUE(add(body));
    EXPECT_TRUE(seen.empty());
    ASSERT_TRUE(finish());
    EXPECT_THAT(seen, ElementsAre("|{\"a\":1}|"));
    EXPECT_EQ(last_data, body.data());
}

TEST_F(ReplyFramesTest, the_pieces_of_a_whole_body_are_joined_over_pauses) {
    begin(Framing::whole, 6);
    {
        const std::string passing = "ab";
        ASSERT_TRUE(add(passing));
        frames->pause();
    }
    ASSERT_TRUE(add("cd"));
    ASSERT_TRUE(add("ef"));
    ASSERT_TRUE(finish());
    EXPECT_THAT(seen, ElementsAre("|abcdef|"));
    EXPECT_EQ(frames->held(), 0U) << "the client has a copy of its own";
}

TEST_F(ReplyFramesTest, an_empty_body_is_one_empty_frame) {
    begin(Framing::whole);
    ASSERT_TRUE(finish());
    EXPECT_THAT(seen, ElementsAre("||"));
}

TEST_F(ReplyFramesTest, a_whole_body_may_reach_its_limit_and_not_pass_it) {
    begin(Framing::whole);
    ASSERT_TRUE(add("12345"));
    frames->pause();
    ASSERT_TRUE(add("67890"));
    const auto over = add("1");
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().code, Errc::upstream_failed);
    EXPECT_THAT(over.error().message, ::testing::HasSubstr("limits.reply_bytes_max"));
}

TEST_F(ReplyFramesTest, a_body_that_may_pass_is_held_up_to_its_buffer_and_then_given_in_pieces) {
    limits.reply_buffer_bytes = 8;
    begin(Framing::whole, 0, true);
    {
        const std::string passing = "{\"a\":";
        ASSERT_TRUE(add(passing));
        frames->pause();
    }
    EXPECT_EQ(frames->held(), 5U);
    EXPECT_FALSE(frames->passing());
    ASSERT_TRUE(add("111"));
    EXPECT_TRUE(seen.empty()) << "eight bytes fit";
    ASSERT_TRUE(add("2"));
    EXPECT_TRUE(frames->passing());
    EXPECT_EQ(frames->held(), 0U);
    EXPECT_THAT(seen, ElementsAre("passed ||{\"a\":1112"));
    ASSERT_TRUE(add("345678901}"));  // and over reply_bytes_max
    EXPECT_EQ(seen.back(), "passed ||345678901}");
    ASSERT_TRUE(finish());
    EXPECT_EQ(seen.back(), "|{\"a\":1112345678901}|");
    EXPECT_EQ(seen.size(), 3U);
}

TEST_F(ReplyFramesTest, a_long_length_makes_a_body_pass_at_once) {
    limits.reply_buffer_bytes = 8;
    begin(Framing::whole, 9, true);
    ASSERT_TRUE(add("{"));
    EXPECT_THAT(seen, ElementsAre("passed ||{"));
    const auto wrong = add("x");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Errc::upstream_failed);
}

TEST_F(ReplyFramesTest, a_passed_body_that_does_not_end_is_an_error) {
    limits.reply_buffer_bytes = 1;
    begin(Framing::whole, 0, true);
    ASSERT_TRUE(add("{\"a\":1"));
    const auto cut = finish();
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, Errc::upstream_failed);
}

TEST_F(ReplyFramesTest, nothing_passes_when_the_buffer_is_not_less_than_the_limit) {
    limits.reply_buffer_bytes = 10;
    begin(Framing::whole, 0, true);
    EXPECT_FALSE(frames->may_pass());
    EXPECT_FALSE(add("{\"a\":12345}"));
    limits.reply_buffer_bytes = 8;
    begin(Framing::raw, 0, true);
    EXPECT_FALSE(frames->may_pass()) << "only whole bodies do";
}

TEST_F(ReplyFramesTest, raw_bytes_have_no_limit_and_are_given_as_they_come) {
    begin(Framing::raw);
    ASSERT_TRUE(add("0123456789abcdef"));
    ASSERT_TRUE(add("x"));
    ASSERT_TRUE(finish());
    EXPECT_THAT(seen, ElementsAre("|0123456789abcdef|0123456789abcdef", "|x|x"));
}

TEST_F(ReplyFramesTest, events_have_names_and_their_own_framing) {
    begin(Framing::sse);
    ASSERT_TRUE(add("event: e\ndata: 1\n\nda"));
    ASSERT_TRUE(add("ta: 2\n"));
    EXPECT_THAT(seen, ElementsAre("e|1|event: e\ndata: 1\n\n"));
    ASSERT_TRUE(finish());  // without its empty line
    EXPECT_THAT(seen.back(), ::testing::StartsWith("|2|data: 2\n"));
}

TEST_F(ReplyFramesTest, lines_are_frames_and_the_last_needs_no_end) {
    begin(Framing::ndjson);
    ASSERT_TRUE(add("{}\n[]"));
    ASSERT_TRUE(finish());
    EXPECT_THAT(seen, ElementsAre("|{}|{}\n", "|[]|[]"));
}

TEST_F(ReplyFramesTest, an_event_over_its_limit_names_the_limit) {
    begin(Framing::sse);
    const auto over = add("data: 0123456789012345678901234567890");
    ASSERT_FALSE(over);
    EXPECT_THAT(over.error().message, ::testing::HasSubstr("limits.stream_frame_bytes_max"));
}

}  // namespace
}  // namespace aihub::gateway
