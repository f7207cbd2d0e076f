#include "gateway/answer_events.hpp"

#include "support/fake_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace aihub::gateway {
namespace {

using capability::Event;
using capability::EventKind;
using capability::Framing;

class AnswerEventsTest : public ::testing::Test {
protected:
    AnswerEventsTest() {
        call.operation = Operation::chat_completions;
        call.request_id = "req_1";
    }
    static Event event(EventKind kind, std::string_view text, std::string_view extra = {}) {
        Event made;
        made.kind = kind;
        made.text = text;
        made.extra = extra;
        return made;
    }
    [[nodiscard]] std::string text() const {
        std::vector<std::string_view> parts;
        output.append_to(parts);
        std::string all;
        for (const auto part : parts) {
            all += part;
        }
        return all;
    }

    Call call;
    Asked asked;
    std::string model = "large";
    testing::FakeClock clock;
    std::array<char, 64> scratch{};
    Output output;
    AnswerEvents events{call, asked, model, clock, scratch, output};
};

TEST_F(AnswerEventsTest, a_frame_handed_back_goes_out_with_the_framing_it_came_with) {
    const std::string raw = "event:  x\ndata: 1\n\n";
    const std::string_view data = std::string_view(raw).substr(16, 1);
    events.raw(event(EventKind::raw, data), {"x", data, raw}, Framing::sse);
    EXPECT_EQ(text(), raw);
    EXPECT_TRUE(events.passed_through());
}

TEST_F(AnswerEventsTest, other_data_is_framed_anew_with_its_name) {
    events.raw(event(EventKind::raw, "2", "x"), {"x", "1", "data: 1\n\n"}, Framing::sse);
    EXPECT_EQ(text(), "event: x\ndata: 2\n\n");
}

TEST_F(AnswerEventsTest, bytes_that_do_not_lie_in_the_scratch_are_copied) {
    std::string body = "{}";
    events.raw(event(EventKind::raw, body), {{}, body, {}}, Framing::whole);
    body = "xx";
    EXPECT_EQ(text(), "{}");
}

TEST_F(AnswerEventsTest, pieces_of_a_large_answer_go_out_as_they_are) {
    events.pass("{\"a\":");
    EXPECT_TRUE(events.passed_through());
    events.pass("1}");
    events.event(event(EventKind::text, "hello"));
    EXPECT_TRUE(events.end({}, Framing::whole).has_value());
    EXPECT_EQ(text(), "{\"a\":1}");
}

TEST_F(AnswerEventsTest, a_stream_passed_through_gets_its_end_marker) {
    call.stream = true;
    events.raw(event(EventKind::raw, "1"), {}, Framing::sse);
    EXPECT_TRUE(events.end({}, Framing::sse).has_value());
    EXPECT_EQ(text(), "data: 1\n\ndata: [DONE]\n\n");
}

TEST_F(AnswerEventsTest, a_whole_reply_to_a_call_for_a_stream_becomes_events) {
    call.stream = true;
    events.raw(event(EventKind::raw, "1"), {{}, "1", {}}, Framing::whole);
    events.raw(event(EventKind::raw, "2\n3", "x"), {{}, "1", {}}, Framing::whole);
    EXPECT_TRUE(events.end({}, Framing::whole).has_value());
    EXPECT_EQ(text(), "data: 1\n\nevent: x\ndata: 2\ndata: 3\n\ndata: [DONE]\n\n");
}

TEST_F(AnswerEventsTest, an_answer_in_events_is_rendered_with_the_reasons_named_before_it) {
    events.finish_reason(event(EventKind::finish, {}, "length"));
    events.event(event(EventKind::text, "hello"));

    EXPECT_TRUE(events.end({}, Framing::whole).has_value());
    EXPECT_THAT(text(), ::testing::HasSubstr(R"("content":"hello")"));
    EXPECT_THAT(text(), ::testing::HasSubstr(R"("finish_reason":"length")"));
}

TEST_F(AnswerEventsTest, what_was_told_before_the_first_frame_that_is_passed_on_makes_no_bytes_later) {
    call.operation = Operation::messages;
    call.stream = true;
    events.event(event(EventKind::model, "larger"));
    events.event(event(EventKind::id, "msg_1"));
    events.raw(event(EventKind::raw, "1", "message_start"), {}, Framing::sse);
    events.finish_reason(event(EventKind::finish, {}, "stop"));
    events.raw(event(EventKind::raw, "2", "message_stop"), {}, Framing::sse);
    EXPECT_TRUE(events.end({}, Framing::sse).has_value());
    EXPECT_EQ(text(), "event: message_start\ndata: 1\n\nevent: message_stop\ndata: 2\n\n");
}

TEST_F(AnswerEventsTest, after_a_frame_was_passed_on_events_make_no_bytes) {
    events.raw(event(EventKind::raw, "1"), {}, Framing::whole);
    events.event(event(EventKind::text, "hello"));
    events.finish_reason(event(EventKind::finish, {}, "stop"));
    EXPECT_TRUE(events.end({}, Framing::whole).has_value());
    EXPECT_EQ(text(), "1");
}

}  // namespace
}  // namespace aihub::gateway
