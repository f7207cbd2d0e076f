// Copies of calls for another model, through the whole gateway.
#include "gateway/shadow.hpp"

#include "support/dispatch_fixture.hpp"

namespace aihub::gateway {
namespace {

using testing::http_reply;
using testing::Reply;

// acme answers; beta is the shadow.
class Shadow : public Retry {
protected:
    Shadow() {
        only_acme();
        route().shadow = "beta/small";
        route().shadow_percent = 100;
        first.set_handler([](const testing::UpstreamRequest&) { return Reply(http_reply(200, "acme's answer")); });
    }
    [[nodiscard]] bool counted(const std::string& result) const {
        return testing::eventually([&] { return metric("aihub_shadow_calls_total{result=\"" + result + "\"}") == 1; });
    }
    // Of the copy; nothing: it has none.
    [[nodiscard]] std::optional<model::UsageRow> row_of_copy(std::size_t count) {
        for (auto& row : rows(count)) {
            if (row.request_id.ends_with("-shadow")) {
                return row;
            }
        }
        return std::nullopt;
    }
};

TEST_F(Shadow, gets_a_copy_whose_answer_nobody_sees) {
    start();
    const auto reply = safe();
    EXPECT_EQ(reply.body, "acme's answer");
    EXPECT_EQ(reply.headers.get("x-aihub-provider"), "acme");
    EXPECT_EQ(reply.headers.get("x-aihub-attempts"), "1");
    ASSERT_TRUE(counted("completed"));
    EXPECT_EQ(second.last().message.body, body_of("safe"));
    const auto row = row_of_copy(2);
    ASSERT_TRUE(row.has_value());
    EXPECT_EQ(row->request_id, reply.headers.get("x-request-id") + "-shadow");
    EXPECT_EQ(row->provider, "beta");
    EXPECT_EQ(row->model_used, "small");
    EXPECT_EQ(row->outcome, model::Outcome::completed);
    EXPECT_NE(row->key_id, "");
}

TEST_F(Shadow, that_hangs_or_fails_does_not_matter) {
    second.set_handler([](const testing::UpstreamRequest&) { return Reply(http_reply(500, "no")); });
    start();
    EXPECT_EQ(safe().body, "acme's answer");
    ASSERT_TRUE(counted("failed"));
    EXPECT_EQ(row_of_copy(2)->outcome, model::Outcome::upstream_error);
}

TEST_F(Shadow, outlives_the_call_and_its_connection) {
    const auto go_on = testing::make_signal();
    second.set_handler([&](const testing::UpstreamRequest&) {
        return Reply().wait(go_on).send(http_reply(200, "late"));
    });
    start();
    EXPECT_EQ(safe().body, "acme's answer");
    EXPECT_EQ(safe().body, "acme's answer");
    go_on->set();
    EXPECT_TRUE(testing::eventually([&] { return metric("aihub_shadow_calls_total{result=\"completed\"}") == 2; }));
}

TEST_F(Shadow, ends_with_the_process) {
    second.set_handler([](const testing::UpstreamRequest&) { return Reply().hold(); });
    start();
    EXPECT_EQ(safe().body, "acme's answer");
    ASSERT_TRUE(second.wait_for_requests(1));
    worker->abort_calls();
    EXPECT_TRUE(counted("failed"));
    EXPECT_EQ(row_of_copy(2)->outcome, model::Outcome::upstream_error);
}

TEST_F(Shadow, takes_no_probe_of_a_provider_that_was_left_alone) {
    config.breaker.failures_max = 1;
    config.breaker.open = config::Milliseconds(1);
    second.set_handler([](const testing::UpstreamRequest&) { return Reply(http_reply(500, "no")); });
    start();
    EXPECT_EQ(call(chat("beta/small")).status(), 502);  // That opens it.
    EXPECT_EQ(safe().body, "acme's answer");
    EXPECT_TRUE(counted("dropped"));
}

TEST_F(Shadow, is_not_cast_when_there_are_enough) {
    config.limits.shadow_calls_max = 0;
    start();
    EXPECT_EQ(safe().body, "acme's answer");
    EXPECT_TRUE(counted("dropped"));
    EXPECT_EQ(second.connections(), 0U);
}

TEST_F(Shadow, never_for_none_of_the_calls) {
    route().shadow_percent = 0;
    start();
    EXPECT_EQ(safe().body, "acme's answer");
    EXPECT_EQ(metric("aihub_shadow_calls_total{result=\"dropped\"}"), 0);
    EXPECT_EQ(second.connections(), 0U);
}

}  // namespace
}  // namespace aihub::gateway
