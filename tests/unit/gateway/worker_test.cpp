#include "gateway/worker.hpp"

#include "support/fake_stream_provider.hpp"
#include "support/worker_fixture.hpp"

namespace aihub::gateway {
namespace {

using testing::event_chunk;
using ::testing::HasSubstr;
using testing::http_reply;
using testing::http_request;
using ::testing::Not;
using testing::RawUpstream;
using testing::Reply;

class WorkerOfOneLoop : public testing::WorkerTest {
protected:
    WorkerOfOneLoop() { add_codec("acme", upstream.port(), {"large"}); }
    RawUpstream upstream;
};

TEST_F(WorkerOfOneLoop, refuses_connections_over_the_limit) {
    config.limits.connections_max = 1;
    start();
    auto first = connect();
    ASSERT_TRUE(first.send(http_request("GET", "/healthz")));
    EXPECT_EQ(first.reply()->status(), 200);
    auto second = connect();
    const auto reply = second.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 503);
    EXPECT_EQ(reply->headers.get("retry-after"), "1");
    EXPECT_TRUE(second.wait_for_close());
    first.close();
    ASSERT_TRUE(services->connections.wait_for_none(testing::kPatience));
    EXPECT_EQ(call(http_request("GET", "/healthz")).status(), 200);
}

TEST_F(WorkerOfOneLoop, refuses_calls_over_the_limit) {
    config.limits.calls_max = 1;
    const auto go_on = testing::make_signal();
    upstream.enqueue(Reply().wait(go_on).send(http_reply(200, "x")));
    start();
    auto busy = connect();
    ASSERT_TRUE(busy.send(chat()));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    const auto refused = call(chat());
    EXPECT_EQ(refused.status(), 503);
    EXPECT_EQ(refused.headers.get("retry-after"), "1");
    EXPECT_THAT(refused.body, HasSubstr("limits.calls_max"));
    go_on->set();
    EXPECT_EQ(busy.reply()->status(), 200);
    upstream.enqueue(Reply(http_reply(200, "y")));
    EXPECT_EQ(call(chat()).body, "y");
}

TEST_F(WorkerOfOneLoop, draining_closes_idle_connections_and_lets_calls_end) {
    const auto go_on = testing::make_signal();
    upstream.enqueue(Reply().wait(go_on).send(http_reply(200, "x")));
    start();
    auto idle = connect();
    ASSERT_TRUE(idle.send(http_request("GET", "/healthz")));
    EXPECT_EQ(idle.reply()->status(), 200);
    auto busy = connect();
    ASSERT_TRUE(busy.send(chat()));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    services->draining = true;
    worker->drain(std::chrono::milliseconds(0));
    EXPECT_TRUE(idle.wait_for_close());
    EXPECT_EQ(idle.received(), "");
    go_on->set();
    const auto reply = busy.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "x");
    EXPECT_EQ(reply->headers.get("connection"), "close");
    EXPECT_TRUE(busy.wait_for_close());
}

TEST_F(WorkerOfOneLoop, aborting_ends_streams_with_an_error_event) {
    upstream.enqueue(Reply(testing::stream_head() + event_chunk("1")).hold());
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat("large", R"(,"stream":true)")));
    ASSERT_TRUE(client.read_until("data: 1\n\n"));
    worker->abort_calls();
    ASSERT_TRUE(client.wait_for_close());
    EXPECT_THAT(client.received(), HasSubstr("shutting_down"));
    EXPECT_THAT(client.received(), Not(HasSubstr("[DONE]")));
    EXPECT_EQ(only_row().outcome, model::Outcome::cancelled);
}

TEST_F(WorkerOfOneLoop, aborting_answers_calls_that_have_not_begun_to_answer) {
    upstream.enqueue(Reply().hold());
    start();
    auto client = connect();
    ASSERT_TRUE(client.send(chat()));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    worker->abort_calls();
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 503);
    EXPECT_THAT(reply->body, HasSubstr("shutting_down"));
    const auto row = only_row();
    EXPECT_EQ(row.outcome, model::Outcome::cancelled);
    EXPECT_EQ(row.status, 503);
}

TEST_F(WorkerOfOneLoop, new_requests_see_a_new_state) {
    start();
    EXPECT_THAT(call(http_request("GET", "/v1/models", {}, auth())).body, HasSubstr("\"large\""));
    auto changed = std::make_shared<config::Snapshot>(config);
    changed->providers["acme"].models = {"larger"};
    const auto catalog = std::make_shared<const catalog::Catalog>(changed, instances);
    worker->set_state(*State::create(changed, catalog, metrics, clock));
    const auto body = call(http_request("GET", "/v1/models", {}, auth())).body;
    EXPECT_THAT(body, HasSubstr("\"larger\""));
    EXPECT_THAT(body, Not(HasSubstr("\"large\"")));
}

TEST_F(WorkerOfOneLoop, inquiries_are_answered_from_memory) {
    start();
    EXPECT_EQ(call(http_request("GET", "/healthz")).status(), 200);
    EXPECT_EQ(call(http_request("GET", "/readyz")).status(), 200);
    const auto one = call(http_request("GET", "/v1/models/acme%2Flarge", {}, auth()));
    EXPECT_EQ(one.status(), 200);
    EXPECT_THAT(one.body, HasSubstr(R"("id":"acme/large","object":"model")"));
    EXPECT_EQ(call(http_request("GET", "/v1/models/none", {}, auth())).status(), 404);
    EXPECT_EQ(call(http_request("GET", "/v1/models/large")).status(), 401);
    EXPECT_THAT(call(http_request("GET", "/metrics")).body, HasSubstr("# TYPE "));
    stop();
    missing = {"the database: it is locked"};
    start();
    const auto unready = call(http_request("GET", "/readyz"));
    EXPECT_EQ(unready.status(), 503);
    EXPECT_THAT(unready.body, HasSubstr("the database: it is locked"));
    EXPECT_EQ(call(http_request("GET", "/healthz")).status(), 200);
}

}  // namespace
}  // namespace aihub::gateway
