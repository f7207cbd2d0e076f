#include "gateway/answer_head.hpp"

#include <gtest/gtest.h>

namespace aihub::gateway {
namespace {

TEST(AnswerHead, passes_on_what_describes_the_answer_and_nothing_else) {
    net::ReplyHead head;
    head.status = 202;
    head.body = net::BodyKind::length;
    head.length = 7;
    head.fields = {
        {"Content-Type", "audio/mpeg"},
        {"Content-Disposition", "attachment; filename=\"a.mp3\""},
        {"X-RateLimit-Remaining-Tokens", "12"},
        {"openai-processing-ms", "31"},
        {"Set-Cookie", "secret=1"},
        {"openai-organization", "the-operator"},
        {"x-request-id", "theirs"},
        {"Connection", "keep-alive"}};
    const auto shape = passed_head(head);
    EXPECT_EQ(shape.status, 202);
    EXPECT_EQ(shape.content_type, "audio/mpeg");
    EXPECT_EQ(shape.length, 7U);
    EXPECT_EQ(
        shape.headers,
        "\r\ncontent-disposition: attachment; filename=\"a.mp3\"\r\nx-ratelimit-remaining-tokens: 12"
        "\r\nopenai-processing-ms: 31"
    );
}

TEST(AnswerHead, what_the_gateway_says_itself_of_requests_is_not_passed_on) {
    net::ReplyHead head;
    head.status = 200;
    head.fields = {
        {"X-RateLimit-Limit-Requests", "100"},
        {"x-ratelimit-reset-requests", "1s"},
        {"x-ratelimit-limit-tokens", "12"}};
    EXPECT_EQ(passed_head(head, true).headers, "\r\nx-ratelimit-limit-tokens: 12");
}

TEST(AnswerHead, other_successes_are_plain_ones_and_a_body_without_length_has_none) {
    net::ReplyHead head;
    head.status = 206;
    head.body = net::BodyKind::chunked;
    const auto shape = passed_head(head);
    EXPECT_EQ(shape.status, 200);
    EXPECT_FALSE(shape.length);
}

TEST(AnswerHead, what_is_passed_on_has_a_limit) {
    const std::string long_value(5000, 'x');
    net::ReplyHead head;
    head.status = 200;
    head.fields = {{"x-ratelimit-a", long_value}, {"x-ratelimit-b", long_value}, {"etag", "e"}};
    const auto shape = passed_head(head);
    EXPECT_EQ(shape.headers, "\r\nx-ratelimit-a: " + long_value + "\r\netag: e");
}

}  // namespace
}  // namespace aihub::gateway
