#include "gateway/record.hpp"

#include "support/worker_fixture.hpp"

namespace aihub::gateway {
namespace {

using model::Outcome;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using testing::http_reply;
using testing::http_request;
using ::testing::Not;
using testing::RawUpstream;
using testing::Reply;

class Record : public testing::WorkerTest {
protected:
    Record() : acme(add_codec("acme", upstream.port(), {"large"})) {
        config.models["fast"].name = "fast";
        config.models["fast"].candidates = {{"acme", "large"}};
    }
    RawUpstream upstream;
    testing::FakeCodec& acme;
};

TEST_F(Record, a_completed_call) {
    upstream.enqueue(
        Reply(testing::stream_head() + testing::event_chunk("usage 10 5") + testing::event_chunk("1") + "0\r\n\r\n")
    );
    start();
    const auto body = body_of("fast", R"(,"stream":true)");
    const auto reply = call(http_request("POST", "/v1/chat/completions", body, auth() + "X-Request-Id: mine\r\n"));
    const auto row = only_row();
    EXPECT_EQ(row.request_id, "mine");
    EXPECT_THAT(row.key_id, ::testing::StartsWith("ak_"));
    EXPECT_EQ(row.operation, "chat_completions");
    EXPECT_EQ(row.model_asked, "fast");
    EXPECT_EQ(row.model_used, "large");
    EXPECT_EQ(row.provider, "acme");
    EXPECT_EQ(row.attempts, 1U);
    EXPECT_TRUE(row.streamed);
    EXPECT_EQ(row.status, 200);
    EXPECT_EQ(row.outcome, Outcome::completed);
    EXPECT_EQ(row.usage.input, 10U);
    EXPECT_EQ(row.usage.output, 5U);
    EXPECT_FALSE(row.usage.cache_read.has_value());
    EXPECT_EQ(row.bytes_in, body.size());
    EXPECT_EQ(row.bytes_out, reply.body.size());
    EXPECT_GT(row.duration.count(), 0);
    EXPECT_GT(row.first_byte.count(), 0);
    EXPECT_LE(row.first_byte, row.duration);
    EXPECT_LE(row.overhead, row.duration);
    EXPECT_LT(std::chrono::abs(row.started_at - clock.wall_now()), std::chrono::minutes(1));
}

TEST_F(Record, refusals_too) {
    start();
    struct Case {
        std::string request;
        int status;
        std::string model;
        bool identified;
    };
    const auto post = [](std::string_view body, std::string_view lines) {
        return http_request("POST", "/v1/chat/completions", body, lines);
    };
    const std::vector<Case> cases{
        {post(body_of("large"), ""), 401, "", false},
        {post(body_of("large"), "Authorization: Bearer nonsense\r\n"), 401, "", false},
        {post(body_of("unknown"), auth()), 404, "unknown", true},
        {post("{", auth()), 400, "", true},
        {post("{\"model\":7}", auth()), 400, "", true},
    };
    std::size_t count = 0;
    for (const auto& item : cases) {
        EXPECT_EQ(call(item.request).status(), item.status);
        const auto row = rows(++count).front();
        EXPECT_EQ(row.status, item.status);
        EXPECT_EQ(row.outcome, Outcome::refused);
        EXPECT_EQ(row.model_asked, item.model);
        EXPECT_EQ(!row.key_id.empty(), item.identified);
        EXPECT_EQ(row.attempts, 0U);
        EXPECT_EQ(row.provider, "");
        EXPECT_FALSE(row.usage.known());
        EXPECT_GT(row.bytes_out, 0U);
    }
    EXPECT_EQ(upstream.connections(), 0U);
}

TEST_F(Record, a_failed_call) {
    upstream.enqueue(Reply(http_reply(500, "no")));
    start();
    const auto reply = call(chat());
    const auto row = only_row();
    EXPECT_EQ(row.status, 502);
    EXPECT_EQ(row.outcome, Outcome::upstream_error);
    EXPECT_EQ(row.provider, "acme");
    EXPECT_EQ(row.bytes_out, reply.body.size());
}

TEST_F(Record, inquiries_leave_no_row_and_only_their_failures_a_line) {
    start();
    EXPECT_EQ(call(http_request("GET", "/healthz")).status(), 200);
    EXPECT_EQ(call(http_request("GET", "/v1/models", {}, auth())).status(), 200);
    EXPECT_EQ(call(http_request("GET", "/v1/models")).status(), 401);
    stop();
    EXPECT_EQ(writer->stop(testing::kPatience), 0U);
    EXPECT_EQ(*usage_store->count(), 0U);
    const auto lines = log.lines();
    EXPECT_THAT(lines, Not(Contains(HasSubstr("operation=health"))));
    EXPECT_THAT(lines, Contains(::testing::AllOf(HasSubstr("operation=models_list"), HasSubstr("status=401"))));
}

TEST_F(Record, the_log_line_holds_no_prompt_no_answer_and_no_secret) {
    upstream.enqueue(Reply(http_reply(200, "the secret answer")));
    start();
    call(chat("large", R"(,"user":"the secret prompt")"));
    ASSERT_TRUE(testing::eventually([&] { return !log.lines().empty(); }));
    const auto lines = log.lines();
    EXPECT_THAT(lines, Each(Not(HasSubstr("secret"))));
    EXPECT_THAT(lines, Each(Not(HasSubstr(key))));
    EXPECT_THAT(
        lines, Contains(::testing::AllOf(HasSubstr("info: request"), HasSubstr("status=200"), HasSubstr("model=large")))
    );
}

TEST_F(Record, the_log_line_can_be_switched_off) {
    upstream.enqueue(Reply(http_reply(200, "x")));
    config.log.requests = false;
    start();
    call(chat());
    EXPECT_EQ(only_row().status, 200);
    EXPECT_THAT(log.lines(), Not(Contains(HasSubstr("info: request"))));
}

TEST_F(Record, counts_in_the_metrics) {
    upstream.enqueue(Reply(http_reply(200, "x")));
    start();
    call(chat());
    call(http_request("POST", "/v1/chat/completions", body_of("large")));
    static_cast<void>(rows(2));
    const auto text = metrics.render();
    EXPECT_THAT(text, HasSubstr(R"(operation="chat_completions",outcome="completed"} 1)"));
    EXPECT_THAT(text, HasSubstr(R"(operation="chat_completions",outcome="refused"} 1)"));
}

}  // namespace
}  // namespace aihub::gateway
