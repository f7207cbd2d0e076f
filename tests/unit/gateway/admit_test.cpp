#include "gateway/admit.hpp"

#include "support/worker_fixture.hpp"

#include <algorithm>

namespace aihub::gateway {
namespace {

class Admit : public testing::WorkerTest {};

TEST_F(Admit, lends_as_many_leases_as_the_limit_says) {
    start();
    config::Limits limits;
    limits.calls_max = 2;
    const model::Principal principal;
    {
        auto first = admit(limits, *services, principal);
        auto second = admit(limits, *services, principal);
        ASSERT_TRUE(first);
        ASSERT_TRUE(second);
        EXPECT_EQ(services->calls.load(), 2U);
        const auto third = admit(limits, *services, principal);
        ASSERT_FALSE(third);
        EXPECT_EQ(third.error().code, Errc::unavailable);
        EXPECT_EQ(third.error().reason, "overloaded");
        EXPECT_EQ(services->calls.load(), 2U);  // a refusal holds nothing
        const Lease moved = *std::move(first);
        EXPECT_EQ(services->calls.load(), 2U);
    }
    EXPECT_EQ(services->calls.load(), 0U);
    EXPECT_TRUE(admit(limits, *services, principal));
}

TEST_F(Admit, each_key_has_its_own_limit) {
    start();
    config::Limits limits;
    limits.calls_per_key_max = 1;
    model::Principal one;
    one.key_id = KeyId("ak_one");
    model::Principal two;
    two.key_id = KeyId("ak_two");
    {
        const auto first = admit(limits, *services, one);
        const auto second = admit(limits, *services, one);
        const auto other = admit(limits, *services, two);
        ASSERT_TRUE(first && second && other);
        EXPECT_FALSE(first->waits());
        EXPECT_TRUE(second->waits());
        EXPECT_FALSE(other->waits());
        EXPECT_EQ(services->key_gates.size(), 2U);
    }
    EXPECT_EQ(services->key_gates.size(), 0U);  // nothing is kept of keys that are idle
    EXPECT_FALSE(admit(limits, *services, one)->waits());
    limits.calls_per_key_max = 0;
    const auto unlimited = admit(limits, *services, one);
    EXPECT_EQ(services->key_gates.size(), 0U);
}

// One call of the key at a time, at an upstream that holds the first.
class KeyQueue : public testing::WorkerTest {
protected:
    KeyQueue() {
        add_codec("acme", upstream.port(), {"large"});
        config.limits.calls_per_key_max = 1;
        config.limits.queue_max = 1;
        config.limits.queue_wait_max = config::Milliseconds(10'000);
        upstream.enqueue(testing::Reply().wait(go).send(testing::http_reply(200, "held")));
        upstream.set_handler([](const auto&) { return testing::Reply(testing::http_reply(200, "next")); });
    }
    testing::RawClient held() {
        auto client = connect();
        EXPECT_TRUE(client.send(chat()));
        EXPECT_TRUE(upstream.wait_for_requests(1));
        return client;
    }
    void expect_waiting(std::size_t count) {
        const auto key_id = key_store->list()->front().id;
        const auto use = services->key_gates.use(key_id.text());
        EXPECT_TRUE(testing::eventually([&] { return use.gate().waiting() == count; }));
    }
    testing::RawUpstream upstream;
    testing::SignalPtr go = testing::make_signal();
};

TEST_F(KeyQueue, a_call_waits_for_its_turn_and_over_the_line_is_429) {
    start();
    auto one = held();
    auto two = connect();
    ASSERT_TRUE(two.send(chat()));
    expect_waiting(1);
    const auto third = call(chat());
    EXPECT_EQ(third.status(), 429);
    EXPECT_EQ(third.headers.get("retry-after"), "1");
    EXPECT_THAT(third.body, ::testing::HasSubstr("rate_limit_exceeded"));
    EXPECT_EQ(upstream.requests().size(), 1U);
    go->set();
    EXPECT_EQ(one.reply()->body, "held");
    EXPECT_EQ(two.reply()->body, "next");
    EXPECT_THAT(metrics.render(), ::testing::HasSubstr("aihub_key_queue_seconds_count 1"));
}

TEST_F(KeyQueue, a_wait_ends_at_its_deadline) {
    config.limits.queue_wait_max = config::Milliseconds(50);
    start();
    auto one = held();
    EXPECT_EQ(call(chat()).status(), 429);
    go->set();
    EXPECT_EQ(one.reply()->body, "held");
    EXPECT_EQ(call(chat()).body, "next");
}

TEST_F(KeyQueue, a_client_that_leaves_the_line_takes_no_place) {
    start();
    auto one = held();
    {
        auto two = connect();
        ASSERT_TRUE(two.send(chat()));
        expect_waiting(1);
    }
    expect_waiting(0);
    go->set();
    EXPECT_EQ(one.reply()->body, "held");
    EXPECT_EQ(call(chat()).body, "next");
    const auto all = rows(3);
    EXPECT_EQ(
        std::count_if(
            all.begin(), all.end(), [](const auto& row) { return row.outcome == model::Outcome::client_closed; }
        ),
        1
    );
}

TEST_F(KeyQueue, keys_do_not_wait_for_each_other) {
    const auto other = make_key({.name = "other"});
    start();
    auto one = held();
    const auto request = testing::http_request(
        "POST", "/v1/chat/completions", body_of("large"), "Authorization: Bearer " + other + "\r\n"
    );
    EXPECT_EQ(call(request).body, "next");
    go->set();
    EXPECT_EQ(one.reply()->body, "held");
}

}  // namespace
}  // namespace aihub::gateway
