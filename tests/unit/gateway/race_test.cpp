// A second attempt beside a slow one, through the whole gateway.
#include "gateway/race.hpp"

#include "support/dispatch_fixture.hpp"

namespace aihub::gateway {
namespace {

using testing::http_reply;
using testing::Reply;

// acme gets a call and does not answer; beta answers at once.
class Race : public Retry {
protected:
    Race() {
        route().hedge_after = config::Milliseconds(20);
        first.set_handler([](const testing::UpstreamRequest&) { return Reply().hold(); });
    }
};

TEST_F(Race, a_slow_candidate_gets_another_one_beside_it) {
    start();
    const auto reply = safe();
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.body, "beta's answer");
    EXPECT_EQ(reply.headers.get("x-aihub-provider"), "beta");
    EXPECT_EQ(reply.headers.get("x-aihub-attempts"), "2");
    const auto row = rows(1).front();
    EXPECT_EQ(row.provider, "beta");
    EXPECT_EQ(row.attempts, 2U);
    EXPECT_EQ(row.outcome, model::Outcome::completed);
    EXPECT_EQ(metric("aihub_hedges_total{result=\"won\"}"), 1);
    EXPECT_NE(first.wait_for_close(0), testing::PeerEnd::none);  // cancelled
    EXPECT_TRUE(testing::eventually([this] { return acme.open_calls == 0; }));
}

TEST_F(Race, one_that_answers_in_time_stays_alone) {
    route().hedge_after = config::Milliseconds(60'000);
    first.set_handler([](const testing::UpstreamRequest&) { return Reply(http_reply(200, "in time")); });
    start();
    EXPECT_EQ(safe().body, "in time");
    EXPECT_EQ(second.connections(), 0U);
}

TEST_F(Race, the_first_may_still_win) {
    const auto go_on = testing::make_signal();
    first.set_handler([&](const testing::UpstreamRequest&) {
        return Reply().wait(go_on).send(http_reply(200, "slow but first"));
    });
    second.set_handler([&](const testing::UpstreamRequest&) {
        go_on->set();
        return Reply().hold();
    });
    start();
    const auto reply = safe();
    EXPECT_EQ(reply.body, "slow but first");
    EXPECT_EQ(reply.headers.get("x-aihub-provider"), "acme");
    EXPECT_EQ(rows(1).front().provider, "acme");
    EXPECT_EQ(metric("aihub_hedges_total{result=\"lost\"}"), 1);
    EXPECT_NE(second.wait_for_close(0), testing::PeerEnd::none);
}

TEST_F(Race, a_second_that_fails_leaves_the_first_alone) {
    const auto go_on = testing::make_signal();
    first.set_handler([&](const testing::UpstreamRequest&) {
        return Reply().wait(go_on).send(http_reply(200, "slow but good"));
    });
    beta.failure.kind = capability::FailureKind::overloaded;
    second.set_handler([](const testing::UpstreamRequest&) { return Reply(http_reply(503, "no")); });
    start();
    std::jthread let_go([&] {
        EXPECT_TRUE(testing::eventually([this] { return metric("aihub_hedges_total{result=\"failed\"}") == 1; }));
        go_on->set();
    });
    const auto reply = safe();
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.body, "slow but good");
    EXPECT_EQ(rows(1).front().provider, "acme");
}

TEST_F(Race, a_first_that_fails_leaves_the_second_alone) {
    const auto fail_now = testing::make_signal();
    const auto go_on = testing::make_signal();
    first.set_handler([&](const testing::UpstreamRequest&) {
        return Reply().wait(fail_now).send(http_reply(500, "no"));
    });
    second.set_handler([&](const testing::UpstreamRequest&) {
        fail_now->set();
        return Reply().wait(go_on).send(http_reply(200, "beta's answer"));
    });
    start();
    std::jthread let_go([&] {
        EXPECT_TRUE(testing::eventually([this] { return metric("aihub_hedges_total{result=\"won\"}") == 1; }));
        go_on->set();
    });
    const auto reply = safe();
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.body, "beta's answer");
    EXPECT_EQ(rows(1).front().provider, "beta");
}

TEST_F(Race, a_stream_is_that_of_the_faster_one_alone) {
    second.set_handler([](const testing::UpstreamRequest&) {
        return Reply(
            testing::stream_head() + testing::event_chunk("beta") + testing::event_chunk("[DONE]") + "0\r\n\r\n"
        );
    });
    start();
    const auto reply = safe(R"(,"stream":true)");
    EXPECT_EQ(reply.body, "data: beta\n\ndata: [DONE]\n\n");
}

TEST_F(Race, only_as_many_attempts_as_the_call_may_have) {
    const auto go_on = testing::make_signal();
    retries().attempts_max = 1;
    first.set_handler([&](const testing::UpstreamRequest&) {
        return Reply().wait(go_on).send(http_reply(200, "alone"));
    });
    route().hedge_after = config::Milliseconds(1);
    start();
    std::jthread let_go([&] {
        EXPECT_TRUE(first.wait_for_requests(1));
        // Many times what it waits before it would ask another one.
        EXPECT_FALSE(second.wait_for_connections(1, testing::Milliseconds(100)));
        go_on->set();
    });
    EXPECT_EQ(safe().body, "alone");
}

TEST_F(Race, both_end_when_the_client_leaves) {
    second.set_handler([](const testing::UpstreamRequest&) { return Reply().hold(); });
    start();
    {
        auto client = connect();
        client.send(chat("safe"));
        EXPECT_TRUE(first.wait_for_requests(1));
        EXPECT_TRUE(second.wait_for_requests(1));
    }
    EXPECT_NE(first.wait_for_close(0), testing::PeerEnd::none);
    EXPECT_NE(second.wait_for_close(0), testing::PeerEnd::none);
    EXPECT_EQ(rows(1).front().outcome, model::Outcome::client_closed);
}

}  // namespace
}  // namespace aihub::gateway
