// One row for each request, whatever became of it.
#include "gateway_fixture.hpp"

namespace aihub::testing {
namespace {

using ::testing::AnyOf;

const std::string kStream = R"(,"stream":true)";

class Usage : public Gateway {
protected:
    void SetUp() override { start(); }
    Row only_row() { return usage_rows(1).at(0); }
};

TEST_F(Usage, Completed) {
    upstream.enqueue(Reply(http_reply(200, chat_answer())));
    const auto body = chat_body("fast");
    EXPECT_EQ(chat(body).status(), 200);
    auto row = only_row();
    EXPECT_EQ(row["outcome"], "completed");
    EXPECT_EQ(row["status"], "200");
    EXPECT_EQ(row["operation"], "chat_completions");
    EXPECT_EQ(row["model_asked"], "fast");
    EXPECT_EQ(row["model_used"], "gpt-test");
    EXPECT_EQ(row["provider"], "up");
    EXPECT_EQ(row["attempts"], "1");
    EXPECT_EQ(row["streamed"], "0");
    EXPECT_TRUE(row["key_id"].starts_with("ak_")) << row["key_id"];
    EXPECT_EQ(row["input_tokens"], "11");
    EXPECT_EQ(row["output_tokens"], "7");
    EXPECT_EQ(row["bytes_in"], std::to_string(body.size()));
    EXPECT_EQ(row["bytes_out"], std::to_string(chat_answer().size()));
    EXPECT_GT(std::stoll(row["duration_us"]), 0);
}

TEST_F(Usage, ReadHoweverTheStreamWasCut) {
    const std::string stream =
        "data: " + stream_frame("a") + "\n\ndata: " + usage_frame(123, 45) + "\n\ndata: [DONE]\n\n";
    for (const std::size_t size : {1U, 3U, 4096U}) {
        std::string bytes = stream_head();
        for (std::size_t at = 0; at < stream.size(); at += size) {
            bytes += chunk(std::string_view(stream).substr(at, size));
        }
        upstream.enqueue(Reply().slices(bytes + chunk(""), size));
        EXPECT_EQ(chat(chat_body("gpt-test", kStream)).status(), 200);
    }
    for (auto& row : usage_rows(3)) {
        EXPECT_EQ(row["input_tokens"], "123");
        EXPECT_EQ(row["output_tokens"], "45");
        EXPECT_EQ(row["streamed"], "1");
        EXPECT_EQ(row["outcome"], "completed");
    }
}

TEST_F(Usage, PlainReplyInSingleBytes) {
    upstream.enqueue(Reply().slices(http_reply(200, chat_answer())));
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(only_row()["input_tokens"], "11");
}

TEST_F(Usage, NotSaidIsNotZero) {
    upstream.enqueue(Reply(http_reply(200, R"({"id":"x","choices":[]})")));
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(only_row().count("input_tokens"), 0U);
}

TEST_F(Usage, Refused) {
    EXPECT_EQ(call(http_request("POST", kChat, chat_body())).status(), 401);
    auto row = only_row();
    EXPECT_EQ(row["outcome"], "refused");
    EXPECT_EQ(row["status"], "401");
    EXPECT_EQ(row["key_id"], "");
    EXPECT_EQ(row["provider"], "");
    EXPECT_EQ(row["attempts"], "0");
}

TEST_F(Usage, UpstreamError) {
    upstream.enqueue(Reply(http_reply(400, R"({"error":{"message":"no","type":"invalid_request_error"}})")));
    EXPECT_EQ(chat(chat_body()).status(), 400);
    auto row = only_row();
    EXPECT_EQ(row["outcome"], "upstream_error");
    EXPECT_EQ(row["status"], "400");
    EXPECT_EQ(row["provider"], "up");
}

TEST_F(Usage, CutStream) {
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a"))).close());
    EXPECT_EQ(chat(chat_body("gpt-test", kStream)).status(), 200);
    auto row = only_row();
    EXPECT_EQ(row["outcome"], "upstream_error");
    EXPECT_EQ(row["status"], "200");
}

TEST_F(Usage, ClientClosed) {
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a"))).hold());
    auto client = connect();
    ASSERT_TRUE(client.send(post(kChat, chat_body("gpt-test", kStream))));
    ASSERT_TRUE(client.read_until(stream_frame("a")));
    client.close();
    auto row = only_row();
    EXPECT_EQ(row["outcome"], "client_closed");
    EXPECT_THAT(row["status"], AnyOf("499", "200"));
}

TEST_F(Usage, UsageBeforeTheCutIsKept) {
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a")) + event_chunk(usage_frame(5, 6))).close());
    (void)chat(chat_body("gpt-test", kStream));
    auto row = only_row();
    EXPECT_EQ(row["input_tokens"], "5");
    EXPECT_EQ(row["output_tokens"], "6");
}

TEST_F(Usage, RowsSurviveAStop) {
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    auto client = connect();
    for (int number = 0; number < 50; ++number) {
        ASSERT_TRUE(client.send(post(kChat, chat_body())));
        ASSERT_TRUE(client.reply());
    }
    server->terminate();
    ASSERT_EQ(server->wait_for_exit(), 0);
    EXPECT_EQ(usage_rows(50).size(), 50U);
}

class UsageTimeout : public Gateway {};

TEST_F(UsageTimeout, Timeout) {
    start("timeouts: { first_byte: 200ms }\n");
    upstream.enqueue(Reply().hold());
    EXPECT_EQ(chat(chat_body()).status(), 504);
    auto row = usage_rows(1).at(0);
    EXPECT_EQ(row["outcome"], "timeout");
    EXPECT_EQ(row["status"], "504");
}

}  // namespace
}  // namespace aihub::testing
