// Breakers and cool-downs, through the whole gateway.
#include "gateway/health_report.hpp"

#include "support/dispatch_fixture.hpp"

namespace aihub::gateway {
namespace {

using capability::FailureKind;
using ::testing::HasSubstr;
using testing::http_reply;
using testing::Reply;

class SlowModel : public Retry {
protected:
    SlowModel() {
        config.breaker = {.failures_max = 1, .error_percent = 0, .open = config::Milliseconds(200)};
        config.breaker.first_byte_timeouts_max = 2;
        route().first_byte = config::Milliseconds(700);
        only_acme();
    }
};

// X10 of the field: a model that thinks for long is no outage of its provider.
TEST_F(SlowModel, late_answers_keep_calls_from_that_model_only) {
    config.breaker.open = config::Milliseconds(300'000);
    first.enqueue(Reply().hold());
    first.enqueue(Reply(testing::stream_head()).hold());  // a head is no beginning of a stream
    first_status = 200;
    start();
    EXPECT_EQ(safe().status(), 504);
    EXPECT_THAT(safe(",\"stream\":true").status(), 504);
    const auto reply = safe();
    EXPECT_EQ(reply.status(), 503);
    const auto told = std::stoi("0" + reply.headers.get("retry-after"));
    EXPECT_GT(told, 200) << "what is left of the time, however slow the machine is";
    EXPECT_LE(told, 300);
    EXPECT_EQ(metric("aihub_breaker_state{provider=\"acme\"}"), 0);
    EXPECT_EQ(metric("aihub_model_cooldowns_total{provider=\"acme\"}"), 1);
    EXPECT_EQ(call(chat("acme/another")).status(), 200);
    EXPECT_EQ(first.requests().size(), 3U);
}

TEST_F(SlowModel, late_answers_with_one_in_time_between_them_are_no_matter) {
    acme.failure.kind = FailureKind::invalid_request;
    start();
    for (int i = 0; i < 3; ++i) {
        first.enqueue(Reply().hold());
        first.enqueue(Reply(http_reply(i == 1 ? 400 : 200, "in time")));
        EXPECT_EQ(safe().status(), 504);
        EXPECT_NE(safe().status(), 503);
    }
    EXPECT_EQ(first.requests().size(), 6U);
    EXPECT_EQ(metric("aihub_model_cooldowns_total{provider=\"acme\"}"), 0);
}

class BreakerOfProvider : public Retry {
protected:
    BreakerOfProvider() {
        config.breaker = {.failures_max = 3, .error_percent = 0, .open = config::Milliseconds(200)};
        retries().attempts_max = 2;
        config.retries.budget_percent = 0;
        config.retries.budget_per_minute_min = 0;
    }
};

TEST_F(BreakerOfProvider, opens_for_the_very_next_call_and_closes_after_a_good_probe) {
    only_acme();
    first_status = 500;
    start();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(safe().status(), 502);
    }
    const auto reply = safe();
    EXPECT_EQ(reply.status(), 503);
    EXPECT_EQ(reply.headers.get("retry-after"), "1");
    EXPECT_THAT(reply.body, HasSubstr("provider_unavailable"));
    EXPECT_EQ(first.requests().size(), 3U);
    EXPECT_EQ(metric("aihub_breaker_state{provider=\"acme\"}"), 2);
    EXPECT_EQ(metric("aihub_breaker_opens_total{provider=\"acme\"}"), 1);
    first_status = 200;
    EXPECT_TRUE(testing::eventually([&] { return safe().status() == 200; }));
    EXPECT_EQ(first.requests().size(), 4U);
    EXPECT_EQ(metric("aihub_breaker_state{provider=\"acme\"}"), 0);
}

TEST_F(BreakerOfProvider, others_take_over_and_the_least_time_is_told_when_none_is_left) {
    first_status = 500;
    config.breaker.open = config::Milliseconds(8000);
    start();
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(safe().body, "beta's answer");
    }
    EXPECT_EQ(first.requests().size(), 3U);
    EXPECT_EQ(metric("aihub_fallbacks_total{reason=\"breaker_open\"}"), 2);
    second.set_handler([](const testing::UpstreamRequest&) { return Reply(http_reply(500, "no")); });
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(safe().status(), 502);
    }
    const auto reply = safe();
    EXPECT_EQ(reply.status(), 503);
    EXPECT_THAT(reply.headers.get("retry-after"), ::testing::AnyOf("7", "8"));
}

TEST_F(BreakerOfProvider, a_refusal_of_the_request_is_no_failure_of_the_provider) {
    only_acme();
    acme.failure.kind = FailureKind::invalid_request;
    first_status = 400;
    start();
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(safe().status(), 400);
    }
    acme.failure.kind = FailureKind::auth;
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(safe().status(), 502);
    }
    EXPECT_EQ(first.requests().size(), 20U);
}

TEST_F(BreakerOfProvider, a_slow_first_byte_is_no_failure_before_its_time) {
    only_acme();
    route().first_byte = config::Milliseconds(5000);
    config.breaker.failures_max = 1;
    first.enqueue(Reply().slices(http_reply(200, "slowly"), 3));
    start();
    EXPECT_EQ(safe().body, "slowly");
    EXPECT_EQ(metric("aihub_breaker_state{provider=\"acme\"}"), 0);
}

TEST_F(BreakerOfProvider, an_answer_that_breaks_off_counts) {
    only_acme();
    config.breaker.failures_max = 1;
    first.enqueue(Reply(testing::stream_head() + testing::event_chunk("one")).close());
    start();
    EXPECT_THAT(safe(",\"stream\":true").body, HasSubstr("one"));
    EXPECT_EQ(safe().status(), 503);
}

TEST_F(BreakerOfProvider, a_cool_down_keeps_all_calls_away) {
    only_acme();
    config.breaker.cooldown_max = config::Milliseconds(20'000);
    acme.failure = {FailureKind::overloaded, 0, std::chrono::seconds(100), "busy", ""};
    first_status = 503;
    start();
    EXPECT_EQ(safe().headers.get("retry-after"), "100");
    for (const auto* const model : {"safe", "acme/another"}) {
        const auto reply = call(chat(model));
        EXPECT_EQ(reply.status(), 503);
        EXPECT_EQ(reply.headers.get("retry-after"), "20");
    }
    EXPECT_EQ(first.requests().size(), 1U);
}

TEST_F(BreakerOfProvider, too_many_requests_keep_calls_from_that_model_only) {
    only_acme();
    config.breaker.cooldown_max = config::Milliseconds(20'000);
    acme.failure = {FailureKind::rate_limit, 0, std::chrono::seconds(100), "busy", ""};
    first.enqueue(Reply(http_reply(429, "no")));
    first_status = 200;
    start();
    EXPECT_EQ(safe().headers.get("retry-after"), "100");
    const auto reply = safe();
    EXPECT_EQ(reply.status(), 503);
    EXPECT_EQ(reply.headers.get("retry-after"), "20");
    EXPECT_EQ(call(chat("acme/another")).status(), 200);
    EXPECT_EQ(first.requests().size(), 2U);
}

}  // namespace
}  // namespace aihub::gateway
