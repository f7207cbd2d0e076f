// A wait for a connection that is given up, through the whole gateway.
#include "gateway/acquisition.hpp"

#include "support/dispatch_fixture.hpp"

namespace aihub::gateway {
namespace {

using testing::http_reply;
using testing::Reply;

// acme has one connection, which a call holds; whoever wants another one waits for a minute.
class AcquisitionTest : public Retry {
protected:
    AcquisitionTest() {
        route().hedge_after = config::Milliseconds(20);
        config.providers["acme"].connections_max = 1;
        config.timeouts.connect = std::chrono::minutes(1);
        first.set_handler([](const testing::UpstreamRequest&) { return Reply().hold(); });
    }
};

TEST_F(AcquisitionTest, who_is_beaten_does_not_wait_on) {
    start();
    auto holder = connect();
    holder.send(chat("acme/large"));
    ASSERT_TRUE(first.wait_for_requests(1));
    auto client = connect();
    for (int call = 0; call < 3; ++call) {  // one after another on one connection
        client.send(chat("safe"));
        const auto reply = client.reply();
        ASSERT_TRUE(reply.has_value()) << call;
        EXPECT_EQ(reply->body, "beta's answer");
        EXPECT_EQ(reply->headers.get("x-aihub-attempts"), "2");
    }
    EXPECT_EQ(first.connections(), 1U);
    EXPECT_EQ(metric("aihub_hedges_total{result=\"won\"}"), 3);
}

TEST_F(AcquisitionTest, a_client_that_leaves_ends_it) {
    second.set_handler([](const testing::UpstreamRequest&) { return Reply().hold(); });
    start();
    auto holder = connect();
    holder.send(chat("acme/large"));
    ASSERT_TRUE(first.wait_for_requests(1));
    {
        auto client = connect();
        client.send(chat("safe"));
        ASSERT_TRUE(second.wait_for_requests(1));
    }
    EXPECT_EQ(rows(1).front().outcome, model::Outcome::client_closed);
}

}  // namespace
}  // namespace aihub::gateway
