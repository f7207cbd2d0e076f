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
    void begin(Framing framing, std::uint64_t length = 0) { frames.emplace(limits).begin(framing, length); }
    Result<void> add(std::string_view bytes) {
        return frames->add(bytes, [this](const ReplyFrame& frame) { take(frame); });
    }
    Result<void> finish() {
        return frames->finish([this](const ReplyFrame& frame) { take(frame); });
    }
    void take(const ReplyFrame& frame) {
        seen.push_back(std::string(frame.event) + "|" + std::string(frame.data) + "|" + std::string(frame.raw));
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
