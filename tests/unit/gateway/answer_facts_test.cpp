#include "gateway/answer_facts.hpp"

#include "support/worker_fixture.hpp"

#include <cstdlib>

namespace aihub::gateway {
namespace {

using testing::event_chunk;
using ::testing::HasSubstr;
using testing::http_reply;
using testing::http_request;
using ::testing::Not;
using testing::Reply;

class AnswerFacts : public testing::WorkerTest {
protected:
    AnswerFacts() {
        add_codec("acme", upstream.port(), {"large"});
        config.models["fast"].name = "fast";
        config.models["fast"].candidates = {{"acme", "large"}};
    }
    testing::RawUpstream upstream;
};

// At least one microsecond has passed, and less than any test may take.
void expect_overhead(const testing::Message& reply) {
    const auto text = reply.headers.get("x-aihub-overhead-us");
    EXPECT_THAT(text, ::testing::MatchesRegex("[0-9]+"));
    EXPECT_GT(std::atoll(text.c_str()), 0);
    EXPECT_LT(std::atoll(text.c_str()), 5000000);
}

TEST_F(AnswerFacts, stand_on_a_whole_answer_and_on_a_stream) {
    upstream.enqueue(Reply(http_reply(200, "answer")));
    upstream.enqueue(Reply(testing::stream_head() + event_chunk("1") + event_chunk("[DONE]") + "0\r\n\r\n"));
    start();
    for (const auto* more : {"", R"(,"stream":true)"}) {
        const auto reply = call(chat("fast", more));
        EXPECT_EQ(reply.status(), 200);
        EXPECT_THAT(reply.headers.get("x-request-id"), HasSubstr("req_"));
        EXPECT_EQ(reply.headers.get("x-aihub-provider"), "acme");
        EXPECT_EQ(reply.headers.get("x-aihub-model"), "large");
        EXPECT_EQ(reply.headers.get("x-aihub-attempts"), "1");
        expect_overhead(reply);
    }
}

TEST(AnswerFactsOfRates, are_written_as_clients_of_the_format_read_them) {
    auto shared = std::make_shared<State>();
    shared->config = std::make_shared<config::Snapshot>();
    auto loop = std::make_shared<LoopState>();
    loop->shared = shared;
    Call call;
    call.state = loop;
    call.operation = Operation::models_list;
    const std::vector<std::pair<std::chrono::nanoseconds, std::string>> cases{
        {std::chrono::nanoseconds(0), "0ms"},
        {std::chrono::nanoseconds(1), "1ms"},
        {std::chrono::milliseconds(999), "999ms"},
        {std::chrono::milliseconds(1000), "1s"},
        {std::chrono::milliseconds(1001), "2s"},
        {std::chrono::milliseconds(59'001), "1m0s"},
        {std::chrono::seconds(361), "6m1s"},
    };
    for (const auto& [reset, text] : cases) {
        call.rate = RateAnswer{true, 60, 59, reset, {}};
        std::string out;
        append_facts(out, call);
        EXPECT_EQ(
            out,
            "\r\nx-request-id: \r\nx-ratelimit-limit-requests: 60\r\nx-ratelimit-remaining-requests: 59"
            "\r\nx-ratelimit-reset-requests: " +
                text
        );
    }
}

TEST_F(AnswerFacts, waiting_for_the_provider_is_no_overhead) {
    const auto go_on = testing::make_signal();
    upstream.enqueue(Reply().wait(go_on).send(http_reply(200, "answer")));
    start();
    auto client = connect();
    const auto began = clock.steady_now();
    ASSERT_TRUE(client.send(chat()));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    // The event is not there for this long; the reply's own figure must not hold it.
    constexpr std::chrono::milliseconds kHeld(60);
    EXPECT_FALSE(client.wait_for_close(kHeld));
    go_on->set();
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    const auto all = clock.steady_now() - began;
    const std::chrono::microseconds own(std::atoll(reply->headers.get("x-aihub-overhead-us").c_str()));
    EXPECT_LE(own + kHeld, all);
}

TEST_F(AnswerFacts, a_refusal_says_what_is_known) {
    upstream.enqueue(Reply(http_reply(400, "no")));
    start();
    const auto failed = call(chat());
    EXPECT_GE(failed.status(), 400);
    EXPECT_EQ(failed.headers.get("x-aihub-provider"), "acme");
    EXPECT_EQ(failed.headers.get("x-aihub-model"), "large");
    EXPECT_EQ(failed.headers.get("x-aihub-attempts"), "1");
    const auto unknown = call(http_request("POST", "/v1/chat/completions", body_of("large")));
    EXPECT_EQ(unknown.status(), 401);
    EXPECT_EQ(unknown.headers.count("x-aihub-provider"), 0U);
    EXPECT_EQ(unknown.headers.get("x-aihub-attempts"), "0");
    expect_overhead(unknown);
}

TEST_F(AnswerFacts, other_requests_have_the_request_id_only) {
    start();
    const auto reply = call(http_request("GET", "/healthz"));
    EXPECT_EQ(reply.headers.count("x-request-id"), 1U);
    for (const auto& [name, value] : reply.headers.list) {
        EXPECT_THAT(name, Not(HasSubstr("aihub"))) << value;
    }
}

TEST_F(AnswerFacts, each_can_be_switched_off) {
    config.response_headers = {false, false, false, false};
    upstream.enqueue(Reply(http_reply(200, "answer")));
    start();
    const auto reply = call(chat());
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.headers.count("x-request-id"), 1U);
    for (const auto& [name, value] : reply.headers.list) {
        EXPECT_THAT(name, Not(HasSubstr("aihub"))) << value;
    }
}

TEST_F(AnswerFacts, a_clients_model_name_cannot_begin_a_field) {
    upstream.enqueue(Reply(http_reply(200, "answer")));
    start();
    const auto reply = call(chat(R"(acme/a\r\nx-evil: 1\u007f\u00e9)" + std::string(300, 'm')));
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.headers.count("x-evil"), 0U);
    EXPECT_EQ(reply.headers.get("x-aihub-model").substr(0, 17), "a??x-evil: 1???mm");
    EXPECT_EQ(reply.headers.get("x-aihub-model").size(), 256U);
}

}  // namespace
}  // namespace aihub::gateway
