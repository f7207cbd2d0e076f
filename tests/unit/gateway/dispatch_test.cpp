#include "gateway/dispatch.hpp"

#include "support/dispatch_fixture.hpp"
#include "support/fake_stream_provider.hpp"

namespace aihub::gateway {
namespace {

using capability::FailureKind;
using testing::FakeCodec;
using ::testing::HasSubstr;
using testing::http_reply;
using testing::http_request;
using testing::RawUpstream;
using testing::Reply;

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

TEST_F(Dispatch, there_may_be_no_room_for_a_translated_body) {
    add("other", std::make_shared<FakeCodec>(std::vector<std::string>{"aihub.chat"}), {"large"});
    config.providers["other"].base_url = "http://127.0.0.1:" + std::to_string(first.port());
    config.models["safe"].name = "safe";
    config.models["safe"].candidates = {{"other", "large"}, {"acme", "large"}};
    const auto asking = [this](std::string_view model) {
        const auto body = R"({"model":")" + std::string(model) + R"(","messages":[{"role":"user","content":")" +
                          std::string(100000, 'x') + R"("}]})";
        return call(http_request("POST", "/v1/chat/completions", body, auth()));
    };
    config.limits.body_memory_max = 200000;
    start();
    const auto refused = asking("other/large");
    EXPECT_EQ(refused.status(), 503);
    EXPECT_EQ(refused.headers.get("retry-after"), "1");
    EXPECT_THAT(refused.body, HasSubstr("limits.body_memory_max"));
    EXPECT_EQ(first.connections(), 0U);
    // Who takes the client's format needs no second body.
    first.enqueue(Reply(http_reply(200, "acme's answer")));
    EXPECT_EQ(asking("safe").body, "acme's answer");
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

TEST_F(Dispatch, goes_on_when_the_provider_says_that_it_failed) {
    start();
    for (const auto kind :
         {FailureKind::upstream, FailureKind::network, FailureKind::timeout, FailureKind::not_found}) {
        acme_fails(kind, kind == FailureKind::not_found ? 404 : 500);
        EXPECT_EQ(call(chat()).body, "beta's answer") << static_cast<int>(kind);
    }
}

TEST_F(Dispatch, does_not_go_on_with_what_is_the_clients) {
    start();
    const std::vector<std::pair<FailureKind, int>> cases{
        {FailureKind::invalid_request, 400},
        {FailureKind::content_filter, 400},
        {FailureKind::context_length, 400},
        {FailureKind::too_large, 413},
        {FailureKind::internal, 500},
    };
    for (const auto& [kind, status] : cases) {
        acme_fails(kind, 400);
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

TEST_F(Retry, the_same_provider_is_asked_again_when_it_did_not_begin) {
    only_acme();
    acme.failure.kind = FailureKind::overloaded;
    first.enqueue(Reply(http_reply(503, "no")));
    first.enqueue(Reply(http_reply(503, "no")));
    first_status = 200;
    start();
    EXPECT_EQ(safe().body, "first");
    EXPECT_EQ(first.requests().size(), 3U);
    EXPECT_EQ(only_row().attempts, 3U);
    EXPECT_EQ(metric("aihub_upstream_retries_total{provider=\"acme\"}"), 2);
    EXPECT_EQ(metric("aihub_upstream_attempts_total{provider=\"acme\"}"), 3);
}

TEST_F(Retry, a_provider_that_is_not_ready_yet_is_asked_again) {
    only_acme();
    acme.late_by = 2;
    first_status = 200;
    start();
    EXPECT_EQ(safe().body, "first");
    EXPECT_EQ(acme.builds, 3);
    EXPECT_EQ(only_row().attempts, 3U);
}

TEST_F(Retry, a_provider_that_does_not_get_ready_is_no_fault_of_the_client) {
    only_acme();
    acme.late_by = 100;
    start();
    for (int i = 0; i < 8; ++i) {  // no breaker opens
        const auto reply = safe();
        EXPECT_EQ(reply.status(), 503);
        EXPECT_EQ(reply.headers.get("retry-after"), "1");
        EXPECT_THAT(reply.body, HasSubstr("not ready"));
    }
    EXPECT_EQ(first.connections(), 0U);
    EXPECT_EQ(metric("aihub_breaker_opens_total{provider=\"acme\"}"), 0);
}

TEST_F(Retry, others_answer_for_a_provider_that_is_not_ready) {
    acme.late_by = 100;
    start();
    EXPECT_EQ(safe().body, "beta's answer");
    EXPECT_EQ(acme.builds, 1);
}

TEST_F(Retry, there_are_at_most_attempts_max_over_all_candidates) {
    acme.failure.kind = FailureKind::overloaded;
    beta.failure.kind = FailureKind::overloaded;
    second.set_handler([](const testing::UpstreamRequest&) { return Reply(http_reply(503, "no")); });
    retries().attempts_max = 5;
    start();
    const auto reply = safe();
    EXPECT_EQ(reply.status(), 503);
    EXPECT_EQ(reply.headers.get("retry-after"), "1");
    EXPECT_EQ(first.requests().size(), 3U);  // in turn
    EXPECT_EQ(second.requests().size(), 2U);
    EXPECT_EQ(only_row().attempts, 5U);
}

TEST_F(Retry, one_attempt_means_no_fallback_either) {
    acme.failure.kind = FailureKind::overloaded;
    retries().attempts_max = 1;
    start();
    EXPECT_EQ(safe().status(), 503);
    EXPECT_EQ(second.connections(), 0U);
}

TEST_F(Retry, repeats_end_with_the_budget) {
    only_acme();
    acme.failure.kind = FailureKind::overloaded;
    config.retries.budget_percent = 0;
    config.retries.budget_per_minute_min = 3;
    start();
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(safe().status(), 503);
    }
    EXPECT_EQ(first.requests().size(), 5U + 3U);
    EXPECT_EQ(metric("aihub_retry_budget_exhausted_total{provider=\"acme\"}"), 4);
}

TEST_F(Retry, waits_as_long_as_the_provider_asks) {
    only_acme();
    acme.failure = {FailureKind::rate_limit, 0, std::chrono::milliseconds(150), "busy", ""};
    first.enqueue(Reply(http_reply(429, "no")));
    first_status = 200;
    start();
    const auto begin = clock.steady_now();
    EXPECT_EQ(safe().body, "first");
    EXPECT_GE(clock.steady_now() - begin, std::chrono::milliseconds(150));
}

TEST_F(Retry, does_not_wait_for_a_repeat_that_the_budget_will_not_allow) {
    only_acme();
    acme.failure = {FailureKind::rate_limit, 0, std::chrono::seconds(30), "busy", ""};
    first_status = 429;
    retries().retry_after_max = config::Milliseconds(60'000);
    config.retries.budget_percent = 0;
    config.retries.budget_per_minute_min = 0;
    start();
    const auto begin = clock.steady_now();
    const auto reply = safe();
    EXPECT_LT(clock.steady_now() - begin, std::chrono::seconds(20));
    EXPECT_EQ(reply.status(), 429);
    EXPECT_EQ(reply.headers.get("retry-after"), "30");
    EXPECT_EQ(metric("aihub_retry_budget_exhausted_total{provider=\"acme\"}"), 1);
}

TEST_F(Retry, goes_on_at_once_when_the_provider_asks_for_too_much) {
    acme.failure = {FailureKind::rate_limit, 0, std::chrono::seconds(30), "busy", ""};
    first_status = 429;
    retries().retry_after_max = config::Milliseconds(1000);
    start();
    EXPECT_EQ(safe().body, "beta's answer");
    beta.failure = {FailureKind::rate_limit, 0, std::chrono::seconds(12), "busy", ""};
    second.set_handler([](const testing::UpstreamRequest&) { return Reply(http_reply(429, "no")); });
    const auto reply = safe();
    EXPECT_EQ(reply.status(), 429);
    EXPECT_EQ(reply.headers.get("retry-after"), "12");  // the least of the two
    EXPECT_EQ(first.requests().size() + second.requests().size(), 4U);
}

TEST_F(Retry, the_total_time_covers_all_attempts_and_waits) {
    only_acme();
    acme.failure = {FailureKind::rate_limit, 0, std::chrono::milliseconds(400), "busy", ""};
    first_status = 429;
    retries().attempts_max = 30;
    route().total = config::Milliseconds(1000);
    start();
    const auto begin = clock.steady_now();
    EXPECT_EQ(safe().status(), 429);  // what the provider said last; another wait would end too late
    EXPECT_LT(clock.steady_now() - begin, std::chrono::milliseconds(1200));
    EXPECT_LE(first.requests().size(), 3U);
}

TEST_F(Retry, a_silent_provider_ends_with_the_routes_total) {
    route().total = config::Milliseconds(200);
    first.enqueue(Reply().hold());
    start();
    EXPECT_EQ(safe().status(), 504);
    EXPECT_EQ(second.connections(), 0U);  // the first may have done the work
}

TEST_F(Retry, first_byte_is_the_routes_own) {
    config.timeouts.first_byte = std::chrono::seconds(60);
    route().first_byte = config::Milliseconds(80);
    retries().retry_accepted = true;  // the operator takes the risk
    first.enqueue(Reply().hold());
    start();
    EXPECT_EQ(safe().body, "beta's answer");
    EXPECT_EQ(metric("aihub_fallbacks_total{reason=\"timeout\"}"), 1);
}

TEST_F(Retry, what_a_provider_took_is_sent_again_only_when_the_operator_says_so) {
    for (const bool again : {false, true}) {
        retries().retry_accepted = again;
        first.enqueue(Reply().close());  // has read it all and said nothing
        start();
        EXPECT_EQ(safe().status(), again ? 200 : 502);
        stop();
    }
    EXPECT_EQ(first.requests().size(), 2U);
    EXPECT_EQ(second.requests().size(), 1U);
}

TEST_F(Retry, kinds_that_were_asked_for_lead_on) {
    retries().fallback_on = {"default", "content_filter"};
    acme.failure.kind = FailureKind::content_filter;
    first_status = 400;
    start();
    EXPECT_EQ(safe().body, "beta's answer");
    EXPECT_EQ(metric("aihub_fallbacks_total{reason=\"content_filter\"}"), 1);
    EXPECT_EQ(only_row().attempts, 2U);  // its row comes after its line
    EXPECT_THAT(log.lines(), ::testing::Contains(HasSubstr("fallback=content_filter")));
}

TEST_F(Retry, without_fallback_only_the_same_one_is_asked_again) {
    retries().fallback_on = {};
    acme.failure.kind = FailureKind::overloaded;
    first.enqueue(Reply(http_reply(503, "no")));
    first_status = 200;
    start();
    EXPECT_EQ(safe().body, "first");
    EXPECT_EQ(second.connections(), 0U);
}

TEST_F(Retry, a_wait_ends_when_the_client_leaves) {
    only_acme();
    acme.failure.kind = FailureKind::overloaded;
    retries().backoff_min = retries().backoff_max = config::Milliseconds(60'000);
    start();
    {
        auto client = connect();
        ASSERT_TRUE(client.send(chat("safe")));
        ASSERT_TRUE(first.wait_for_requests(1));
    }
    EXPECT_EQ(only_row().outcome, model::Outcome::client_closed);
    EXPECT_EQ(first.requests().size(), 1U);
}

TEST_F(Retry, a_wait_ends_when_the_process_stops) {
    only_acme();
    acme.failure.kind = FailureKind::overloaded;
    retries().backoff_min = retries().backoff_max = config::Milliseconds(60'000);
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat("safe")));
    ASSERT_TRUE(first.wait_for_requests(1));
    worker->drain(std::chrono::milliseconds(0));
    worker->abort_calls();
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 503);
    EXPECT_THAT(reply->body, HasSubstr("shutting_down"));
}

// A provider that takes one call at a time, and holds the first.
class Queue : public Retry {
protected:
    Queue() {
        only_acme();
        auto& provider = config.providers["acme"];
        provider.in_flight_max = 1;
        provider.queue_max = 1;
        provider.queue_wait_max = config::Milliseconds(10'000);
        first_status = 200;
        first.enqueue(Reply().wait(go).send(http_reply(200, "held")));
    }
    // Sends a call that waits in line, and waits until it does.
    testing::RawClient queued() {
        auto client = connect();
        EXPECT_TRUE(client.send(chat("safe")));
        EXPECT_TRUE(testing::eventually([&] { return metric("aihub_provider_queue{provider=\"acme\"}") == 1; }));
        return client;
    }
    testing::RawClient held() {
        auto client = connect();
        EXPECT_TRUE(client.send(chat("safe")));
        EXPECT_TRUE(first.wait_for_requests(1));
        return client;
    }
    testing::SignalPtr go = testing::make_signal();
};

TEST_F(Queue, a_call_waits_for_its_turn_and_over_the_line_is_503) {
    start();
    auto one = held();
    auto two = queued();
    EXPECT_EQ(metric("aihub_provider_in_flight{provider=\"acme\"}"), 1);
    const auto third = safe();
    EXPECT_EQ(third.status(), 503);
    EXPECT_EQ(third.headers.get("retry-after"), "1");
    EXPECT_THAT(third.body, HasSubstr("overloaded"));
    go->set();
    EXPECT_EQ(one.reply()->body, "held");
    EXPECT_EQ(two.reply()->body, "first");
    EXPECT_EQ(metric("aihub_provider_queue_seconds_count{provider=\"acme\"}"), 1);
    EXPECT_TRUE(testing::eventually([&] { return metric("aihub_provider_in_flight{provider=\"acme\"}") == 0; }));
}

TEST_F(Queue, a_wait_ends_at_its_deadline) {
    config.providers["acme"].queue_wait_max = config::Milliseconds(50);
    start();
    auto one = held();
    EXPECT_EQ(safe().status(), 503);
    go->set();
    EXPECT_EQ(one.reply()->body, "held");
}

TEST_F(Queue, a_client_that_leaves_the_line_takes_no_place) {
    start();
    auto one = held();
    { auto two = queued(); }
    EXPECT_TRUE(testing::eventually([&] { return metric("aihub_provider_queue{provider=\"acme\"}") == 0; }));
    go->set();
    EXPECT_EQ(one.reply()->body, "held");
    EXPECT_EQ(safe().body, "first");
}

TEST_F(Queue, a_full_provider_is_passed_over) {
    route().candidates.push_back({"beta", "large"});
    config.providers["acme"].queue_max = 0;
    start();
    auto one = held();
    EXPECT_EQ(safe().body, "beta's answer");
    EXPECT_EQ(metric("aihub_fallbacks_total{reason=\"full\"}"), 1);
    go->set();
    EXPECT_EQ(one.reply()->body, "held");
}

}  // namespace
}  // namespace aihub::gateway
