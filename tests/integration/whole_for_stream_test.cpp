// A stream was asked for, and the provider answers in one piece.
#include "gateway_fixture.hpp"

namespace aihub::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class WholeForStream : public Gateway {
protected:
    void SetUp() override { start("loops: 1\nstorage: { usage_flush_interval: 10ms }\n"); }

    // The answer to `body` at `path` when the provider says `reply`, whose type is `content_type`.
    [[nodiscard]] Message ask(
        std::string_view path,
        std::string_view body,
        std::string_view reply,
        std::string_view content_type = "application/json"
    ) {
        upstream.enqueue(Reply(http_reply(200, reply, content_type)));
        return call(post(path, body));
    }
    // The events of a stream that ended well.
    static std::vector<boost::json::value> events_of(const Message& reply) {
        EXPECT_EQ(reply.status(), 200) << reply.body;
        EXPECT_TRUE(reply.complete);
        EXPECT_THAT(reply.headers.get("content-type"), ::testing::StartsWith("text/event-stream"));
        std::vector<boost::json::value> events;
        for (const auto& data : event_data(reply.body)) {
            if (data != "[DONE]") {
                events.push_back(parse(data));
            }
        }
        return events;
    }
};

std::string text_at(const boost::json::value& value, const std::string& pointer) {
    boost::json::error_code error;
    const auto* found = value.find_pointer(pointer, error);
    return found == nullptr ? "missing" : found->is_string() ? std::string(found->as_string()) : serialize(*found);
}

TEST_F(WholeForStream, AChatBecomesChunks) {
    for (const bool usage : {false, true}) {
        const std::string more =
            usage ? R"(,"stream":true,"stream_options":{"include_usage":true})" : R"(,"stream":true)";
        const auto reply = ask(kChat, chat_body("gpt-test", more), chat_answer("hello"));
        EXPECT_TRUE(has_done(reply.body));
        std::string content;
        std::string finish;
        std::string tokens = "none";
        for (const auto& chunk : events_of(reply)) {
            EXPECT_EQ(text_at(chunk, "/object"), "chat.completion.chunk");
            const auto text = text_at(chunk, "/choices/0/delta/content");
            content += text == "missing" || text == "null" ? "" : text;
            const auto reason = text_at(chunk, "/choices/0/finish_reason");
            finish = reason == "missing" || reason == "null" ? finish : reason;
            const auto total = text_at(chunk, "/usage/total_tokens");
            tokens = total == "missing" ? tokens : total;
        }
        EXPECT_EQ(content, "hello");
        EXPECT_EQ(finish, "stop");
        EXPECT_EQ(tokens, usage ? "18" : "none");
    }
    EXPECT_EQ(usage_rows(2)[1].at("output_tokens"), "7");
}

TEST_F(WholeForStream, ACompletionIsOneChunk) {
    const auto reply = ask(
        "/v1/completions",
        R"({"model":"gpt-test","prompt":"a","stream":true})",
        R"({"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"b",)"
        "\n"
        R"("logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}})"
    );
    EXPECT_TRUE(has_done(reply.body));
    const auto events = events_of(reply);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(text_at(events[0], "/choices/0/text"), "b");
    EXPECT_EQ(usage_rows(1)[0].at("output_tokens"), "4");
}

TEST_F(WholeForStream, AResponseBecomesItsEvents) {
    const std::string response =
        R"({"id":"resp_1","object":"response","status":"completed","error":null,"model":"m","output":[)"
        R"({"id":"rs_1","type":"reasoning","summary":[]},)"
        R"({"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[)"
        R"({"type":"output_text","text":"a \"b\"","annotations":[]},{"type":"refusal","refusal":"no"}]},)"
        R"({"id":"fc_1","type":"function_call","status":"completed","call_id":"c","name":"f","arguments":"{\"x\":1}"}],)"
        R"("usage":{"input_tokens":11,"output_tokens":7,"total_tokens":18}})";
    const auto reply = ask("/v1/responses", R"({"model":"gpt-test","input":"a","stream":true})", response);
    EXPECT_THAT(reply.body, ::testing::StartsWith("event: response.created\ndata: {\"type\":\"response.created\","));
    EXPECT_FALSE(has_done(reply.body));
    const auto events = events_of(reply);
    std::vector<std::string> types;
    for (std::size_t at = 0; at < events.size(); ++at) {
        EXPECT_EQ(text_at(events[at], "/sequence_number"), std::to_string(at));
        types.push_back(text_at(events[at], "/type").substr(std::string_view("response.").size()));
    }
    ASSERT_THAT(
        types,
        ElementsAre(
            "created",
            "in_progress",
            "output_item.added",
            "output_item.done",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "content_part.added",
            "refusal.delta",
            "refusal.done",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "completed"
        )
    );
    EXPECT_EQ(text_at(events[0], "/response/status"), "in_progress");
    EXPECT_EQ(text_at(events[0], "/response/output"), "[]");
    EXPECT_EQ(text_at(events[4], "/item/content"), "[]");
    EXPECT_EQ(text_at(events[5], "/part/text"), "");
    EXPECT_EQ(text_at(events[6], "/delta"), "a \"b\"");
    EXPECT_EQ(text_at(events[6], "/item_id"), "msg_1");
    EXPECT_EQ(text_at(events[6], "/output_index"), "1");
    EXPECT_EQ(text_at(events[10], "/content_index"), "1");
    EXPECT_EQ(text_at(events[14], "/item/arguments"), "");
    EXPECT_EQ(text_at(events[15], "/delta"), R"({"x":1})");
    EXPECT_EQ(text_at(events[18], "/response"), serialize(parse(response)));
    EXPECT_EQ(usage_rows(1)[0].at("output_tokens"), "7");
}

TEST_F(WholeForStream, AResponseEndsAsItsStatusSays) {
    const auto tell = [&](std::string_view status, std::string_view more) {
        return ask(
            "/v1/responses",
            R"({"model":"gpt-test","input":"a","stream":true})",
            R"({"id":"resp_1","created_at":5,"output":[],)" + std::string(more) + R"("status":)" + std::string(status) +
                R"(,"usage":{"input_tokens":11,"output_tokens":7,"total_tokens":18}})"
        );
    };
    struct Case {
        std::string_view status;
        std::string_view more;
        std::string_view end;
    };
    const Case cases[] = {
        {"\"completed\"", R"("completed_at":6,)", "response.completed"},
        {"\"incomplete\"", R"("incomplete_details":{"reason":"max_output_tokens"},)", "response.incomplete"},
        {"\"failed\"", R"("error":{"code":"server_error","message":"no"},)", "response.failed"},
        {"null", "", "response.completed"},
    };
    for (const auto& [status, more, end] : cases) {
        const auto events = events_of(tell(status, more));
        ASSERT_EQ(events.size(), 3U) << status;
        EXPECT_EQ(text_at(events[2], "/type"), end);
        EXPECT_EQ(serialize(events[2].at("response").at("status")), status);
        for (const auto& begun : {events[0], events[1]}) {  // What was true when it began.
            EXPECT_EQ(text_at(begun, "/response/id"), "resp_1");
            EXPECT_EQ(text_at(begun, "/response/created_at"), "5");
            EXPECT_EQ(text_at(begun, "/response/status"), "in_progress");
            for (const auto* later :
                 {"/response/usage", "/response/error", "/response/incomplete_details", "/response/completed_at"}) {
                EXPECT_THAT(text_at(begun, later), ::testing::AnyOf("null", "missing")) << status << later;
            }
        }
    }
    EXPECT_EQ(usage_rows(4)[2].at("output_tokens"), "7");
    for (const std::string status : {"queued", "in_progress", "cancelled", "new"}) {
        const auto reply = tell('"' + status + '"', "");
        EXPECT_EQ(reply.status(), 502) << status << reply.body;
        EXPECT_EQ(error_field(reply, "type"), "server_error");
    }
}

TEST_F(WholeForStream, PicturesAreAnEventEach) {
    const auto reply =
        ask("/v1/images/generations",
            R"({"model":"gpt-test","prompt":"a","stream":true})",
            R"({"created":5,"size":"1024x1024","data":[{"b64_json":"AAAA"},{"b64_json":"BBBB"}],)"
            R"("usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}})");
    const auto events = events_of(reply);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_THAT(reply.body, ::testing::StartsWith("event: image_generation.completed\n"));
    for (const auto& event : events) {
        EXPECT_EQ(text_at(event, "/type"), "image_generation.completed");
        EXPECT_EQ(text_at(event, "/created_at"), "5");
        EXPECT_EQ(text_at(event, "/size"), "1024x1024");
        EXPECT_EQ(text_at(event, "/usage/total_tokens"), "3");
    }
    EXPECT_EQ(text_at(events[0], "/b64_json"), "AAAA");
    EXPECT_EQ(text_at(events[1], "/b64_json"), "BBBB");
    EXPECT_EQ(usage_rows(1)[0].at("output_tokens"), "2");
}

TEST_F(WholeForStream, WhatCannotBecomeAStreamIsACleanError) {
    const std::string pictures = R"({"model":"gpt-test","prompt":"a","stream":true})";
    const Message replies[] = {
        ask("/v1/images/generations", pictures, R"({"created":5,"data":[{"url":"https://pictures.test/1"}]})"),
        ask("/v1/images/generations", pictures, R"({"created":5,"data":[]})"),
        ask("/v1/responses", R"({"model":"gpt-test","input":"a","stream":true})", R"({"hello":"world"})"),
        ask("/v1/audio/speech", R"({"model":"gpt-test","input":"a","voice":"b","stream_format":"sse"})", R"({"a":1})"),
        ask(kChat, chat_body("gpt-test", R"(,"stream":true)"), "hello", "text/plain"),
    };
    for (const auto& reply : replies) {
        EXPECT_EQ(reply.status(), 502) << reply.body;
        EXPECT_EQ(reply.headers.get("content-type"), "application/json");
        EXPECT_EQ(error_field(reply, "type"), "server_error");
        EXPECT_THAT(reply.body, Not(HasSubstr("data: ")));
    }
}

}  // namespace
}  // namespace aihub::testing
