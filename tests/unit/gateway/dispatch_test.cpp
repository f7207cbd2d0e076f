#include "gateway/dispatch.hpp"

#include "support/fake_stream_provider.hpp"
#include "support/worker_fixture.hpp"

namespace aihub::gateway {
namespace {

using capability::FailureKind;
using testing::FakeCodec;
using ::testing::HasSubstr;
using testing::http_reply;
using testing::RawUpstream;
using testing::Reply;

// Two providers list the model "large"; "acme" comes first.
class Dispatch : public testing::WorkerTest {
protected:
    Dispatch() : acme(add_codec("acme", first.port(), {"large"})), beta(add_codec("beta", second.port(), {"large"})) {
        second.set_handler([](const testing::UpstreamRequest&) { return Reply(http_reply(200, "beta's answer")); });
    }
    void acme_fails(FailureKind kind, int status = 500) {
        acme.failure.kind = kind;
        first.enqueue(Reply(http_reply(status, "no")));
    }
    RawUpstream first;
    RawUpstream second;
    FakeCodec& acme;
    FakeCodec& beta;
};

TEST_F(Dispatch, the_first_candidate_answers) {
    first.enqueue(Reply(http_reply(200, "acme's answer")));
    start();
    const auto reply = call(chat());
    EXPECT_EQ(reply.body, "acme's answer");
    EXPECT_EQ(reply.headers.get("x-aihub-provider"), "acme");
    EXPECT_EQ(second.connections(), 0U);
    const auto asked = first.last().message;
    EXPECT_EQ(asked.target(), "/base/chat");
    EXPECT_EQ(asked.headers.get("host"), "127.0.0.1:" + std::to_string(first.port()));
    EXPECT_EQ(asked.body, body_of("large"));
    EXPECT_EQ(asked.headers.get("authorization"), "");
}

TEST_F(Dispatch, goes_on_when_the_provider_says_it_did_not_do_the_work) {
    start();
    const std::vector<FailureKind> kinds{
        FailureKind::auth, FailureKind::rate_limit, FailureKind::overloaded, FailureKind::quota};
    for (const auto kind : kinds) {
        acme_fails(kind, 429);
        const auto reply = call(chat());
        EXPECT_EQ(reply.status(), 200);
        EXPECT_EQ(reply.body, "beta's answer");
        EXPECT_EQ(reply.headers.get("x-aihub-provider"), "beta");
    }
    for (const auto& row : rows(kinds.size())) {
        EXPECT_EQ(row.attempts, 2U);
        EXPECT_EQ(row.provider, "beta");
        EXPECT_EQ(row.outcome, model::Outcome::completed);
    }
}

TEST_F(Dispatch, does_not_go_on_when_the_work_may_have_been_done_or_would_fail_again) {
    start();
    const std::vector<std::pair<FailureKind, int>> cases{
        {FailureKind::upstream, 502},
        {FailureKind::network, 502},
        {FailureKind::timeout, 504},
        {FailureKind::invalid_request, 400},
        {FailureKind::not_found, 404},
        {FailureKind::content_filter, 400},
        {FailureKind::context_length, 400},
        {FailureKind::too_large, 413},
        {FailureKind::internal, 500},
    };
    for (const auto& [kind, status] : cases) {
        acme_fails(kind);
        EXPECT_EQ(call(chat()).status(), status) << static_cast<int>(kind);
    }
    EXPECT_EQ(second.connections(), 0U);
}

TEST_F(Dispatch, does_not_go_on_when_the_answer_broke_off) {
    first.enqueue(Reply("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this").close());
    start();
    EXPECT_EQ(call(chat()).status(), 502);
    EXPECT_EQ(second.connections(), 0U);
}

TEST_F(Dispatch, does_not_send_a_request_twice_that_was_taken) {
    first.enqueue(Reply().close());  // read the request, said nothing
    start();
    EXPECT_EQ(call(chat()).status(), 502);
    EXPECT_EQ(first.requests().size(), 1U);
    EXPECT_EQ(second.connections(), 0U);
}

TEST_F(Dispatch, goes_on_when_the_provider_is_not_there) {
    {
        const auto nobody = testing::listen_local();
        config.providers["acme"].base_url = "http://127.0.0.1:" + std::to_string(testing::local_port(nobody));
    }
    start();
    EXPECT_EQ(call(chat()).body, "beta's answer");
}

TEST_F(Dispatch, goes_on_when_the_request_cannot_be_made_for_a_provider) {
    acme.refuse = Error{Errc::invalid_request, "acme has no tools", "unsupported", "tools"};
    start();
    EXPECT_EQ(call(chat()).body, "beta's answer");
}

TEST_F(Dispatch, the_last_refusal_is_the_answer) {
    acme_fails(FailureKind::overloaded);
    beta.failure = {FailureKind::rate_limit, 0, std::chrono::seconds(7), "beta is busy", ""};
    second.set_handler([](const testing::UpstreamRequest&) { return Reply(http_reply(429, "no")); });
    start();
    const auto reply = call(chat());
    EXPECT_EQ(reply.status(), 429);
    EXPECT_EQ(reply.headers.get("retry-after"), "7");
    EXPECT_THAT(reply.body, HasSubstr("beta is busy"));
    const auto row = only_row();
    EXPECT_EQ(row.attempts, 2U);
    EXPECT_EQ(row.status, 429);
    EXPECT_EQ(row.outcome, model::Outcome::upstream_error);
}

TEST_F(Dispatch, when_no_request_can_be_made_the_reason_is_told) {
    acme.refuse = Error{Errc::invalid_request, "acme has no tools", "unsupported", "tools"};
    beta.refuse = Error{Errc::invalid_request, "beta has no tools", "unsupported", "tools"};
    start();
    const auto reply = call(chat());
    EXPECT_EQ(reply.status(), 400);
    EXPECT_THAT(
        reply.body, HasSubstr(R"("message":"beta has no tools","type":"invalid_request_error","param":"tools")")
    );
    EXPECT_EQ(only_row().outcome, model::Outcome::refused);
}

TEST_F(Dispatch, a_request_that_a_kept_connection_took_whole_is_not_sent_twice) {
    first.enqueue(Reply(http_reply(200, "one")));
    first.enqueue(Reply().reset());  // has read the second request of the connection
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat()));
    EXPECT_EQ(client.reply()->body, "one");
    ASSERT_TRUE(client.send(chat()));
    EXPECT_EQ(client.reply()->status(), 502);
    EXPECT_EQ(first.connections(), 1U);
    EXPECT_EQ(first.requests().size(), 2U);
    EXPECT_EQ(second.connections(), 0U);
}

TEST_F(Dispatch, a_kept_connection_that_the_provider_has_closed_is_not_used) {
    first.enqueue(Reply(http_reply(200, "one")).half_close());
    first.enqueue(Reply(http_reply(200, "two")));
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat()));
    EXPECT_EQ(client.reply()->body, "one");
    ASSERT_NE(first.wait_for_close(0), testing::PeerEnd::none);  // the sweep sees it, and closes its side
    ASSERT_TRUE(client.send(chat()));
    EXPECT_EQ(client.reply()->body, "two");
    EXPECT_EQ(first.connections(), 2U);
}

TEST_F(Dispatch, a_provider_that_is_too_slow_is_504_and_not_asked_again) {
    config.timeouts.first_byte = std::chrono::milliseconds(60);
    first.enqueue(Reply().hold());
    start();
    const auto reply = call(chat());
    EXPECT_EQ(reply.status(), 504);
    EXPECT_EQ(second.connections(), 0U);
    EXPECT_EQ(only_row().outcome, model::Outcome::timeout);
    EXPECT_NE(first.wait_for_close(0), testing::PeerEnd::none);
}

}  // namespace
}  // namespace aihub::gateway
