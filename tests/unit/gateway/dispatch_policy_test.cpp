// What the operator says of a provider: waits, and the meaning of its errors.
#include "gateway/dispatch.hpp"
#include "support/dispatch_fixture.hpp"

namespace aihub::gateway {
namespace {

using capability::FailureKind;
using ::testing::HasSubstr;
using testing::http_reply;
using testing::Reply;

// Time-outs of a provider and of a route; the general ones are long.
class Waits : public Retry {
protected:
    Waits() {
        config.timeouts.connect = config.timeouts.write = config.timeouts.first_byte = std::chrono::seconds(60);
        first_status = 200;
    }
    config::Provider& provider() { return config.providers["acme"]; }
};

// Takes connections, and neither answers their handshakes nor reads of them.
class DeafProvider : public Waits {
protected:
    void is_at(std::string_view scheme) {
        provider().base_url = std::string(scheme) + "127.0.0.1:" + std::to_string(testing::local_port(deaf));
    }
    const testing::Descriptor deaf = testing::listen_local();
    const std::string pad = ",\"x\":\"" + std::string(12UL * 1024 * 1024, 'x') + "\"";  // more than sockets hold
};

TEST_F(DeafProvider, connecting_is_bounded_by_the_provider) {
    is_at("https://");
    provider().connect = config::Milliseconds(1000);
    start();
    EXPECT_EQ(safe().body, "beta's answer");
    EXPECT_EQ(call(chat()).body, "beta's answer");  // without the route
}

TEST_F(DeafProvider, connecting_is_bounded_by_the_route_before_the_provider) {
    is_at("https://");
    provider().connect = config::Milliseconds(50'000);
    route().connect = config::Milliseconds(1000);
    start();
    EXPECT_EQ(safe().body, "beta's answer");
}

TEST_F(DeafProvider, sending_is_bounded_by_the_provider) {
    is_at("http://");
    provider().write = config::Milliseconds(1000);
    start();
    EXPECT_EQ(safe(pad).body, "beta's answer");
}

TEST_F(DeafProvider, sending_is_bounded_by_the_route_before_the_provider) {
    is_at("http://");
    provider().write = config::Milliseconds(50'000);
    route().write = config::Milliseconds(1000);
    start();
    EXPECT_EQ(safe(pad).body, "beta's answer");
}

TEST_F(Waits, idle_connections_are_kept_as_long_as_the_provider_says) {
    config.timeouts.upstream_keep_alive = std::chrono::seconds(60);
    provider().keep_alive = config::Milliseconds(100);
    start();
    EXPECT_EQ(safe().body, "first");
    EXPECT_NE(first.wait_for_close(0), testing::PeerEnd::none);
    EXPECT_EQ(call(chat("beta/large")).status(), 200);
    EXPECT_EQ(second.wait_for_close(0, std::chrono::milliseconds(1500)), testing::PeerEnd::none);
}

// X8 of the field.
class Rules : public Retry {
protected:
    void rule(config::ErrorRule rule) { config.providers["acme"].error_rules.push_back(std::move(rule)); }
};

TEST_F(Rules, lead_on_by_what_the_body_says) {
    rule({{"400"}, "", "", "no capacity", "fallback", ""});
    acme.failure.kind = FailureKind::invalid_request;
    first.enqueue(Reply(http_reply(400, "sorry, no capacity")));
    first.enqueue(Reply(http_reply(400, "no such parameter")));
    start();
    EXPECT_EQ(safe().body, "beta's answer");
    EXPECT_EQ(safe().status(), 400);
}

TEST_F(Rules, a_good_answer_can_be_a_failure) {
    rule({{"200"}, "", "model_busy", "", "", "overloaded"});
    first.enqueue(Reply(http_reply(200, R"({"error":{"code":"model_busy"}})")));
    first.enqueue(Reply(http_reply(200, "fine")));
    start();
    EXPECT_EQ(safe().body, "beta's answer");
    EXPECT_EQ(safe().body, "fine");
    const auto stream = testing::stream_head() + testing::event_chunk(R"({"error":{"code":"model_busy"}})");
    first.enqueue(Reply(stream + testing::chunk("")));
    EXPECT_THAT(safe(",\"stream\":true").body, HasSubstr("beta's answer"));
}

TEST_F(Rules, look_at_each_event_before_the_answer_by_itself) {
    only_acme();
    rule({{"200"}, "", "model_busy", "", "fail", "overloaded"});
    const auto ping = testing::event_chunk("usage 1 2");  // nothing of it goes to the client
    first.enqueue(Reply(
        testing::stream_head() + ping + testing::event_chunk(R"({"error":{"code":"model_busy"}})") + testing::chunk("")
    ));
    first.enqueue(Reply(testing::stream_head() + ping + ping + testing::event_chunk("an answer") + testing::chunk("")));
    start();
    EXPECT_EQ(safe(",\"stream\":true").status(), 503);
    EXPECT_THAT(safe(",\"stream\":true").body, HasSubstr("an answer"));
}

TEST_F(Rules, the_one_that_took_a_good_answer_for_a_failure_says_what_follows) {
    rule({{}, "", "", "busy", "fail", ""});  // of failures, which this is none of
    rule({{"200"}, "", "", "busy", "fallback", ""});
    first.enqueue(Reply(http_reply(200, "busy")));
    first.enqueue(Reply(http_reply(500, "busy")));
    start();
    EXPECT_EQ(safe().body, "beta's answer");
    EXPECT_EQ(safe().status(), 502);
    EXPECT_EQ(second.requests().size(), 1U);
}

TEST_F(Rules, an_error_of_another_kind_has_its_status_and_nothing_that_is_the_operators) {
    only_acme();
    rule({{"429"}, "", "", "", "", "invalid_request"});
    acme.failure.kind = FailureKind::rate_limit;
    acme.failure.detail_json = R"({"message":"limit of org-7 reached"})";
    first.enqueue(Reply(http_reply(429, "no")));
    start();
    const auto reply = safe();
    EXPECT_EQ(reply.status(), 400);
    EXPECT_THAT(reply.body, ::testing::Not(HasSubstr("org-7")));
}

TEST_F(Rules, what_comes_in_the_middle_of_a_stream_is_not_looked_at) {
    rule({{"200"}, "", "", "busy", "fallback", ""});
    first.enqueue(Reply(
        testing::stream_head() + testing::event_chunk("one") + testing::event_chunk("busy") +
        testing::event_chunk("[DONE]") + testing::chunk("")
    ));
    start();
    EXPECT_THAT(safe(",\"stream\":true").body, HasSubstr("busy"));
    EXPECT_EQ(second.connections(), 0U);
}

TEST_F(Rules, give_an_error_its_kind_for_the_client) {
    only_acme();
    rule({{}, "", "1301", "", "", "content_filter"});
    first.enqueue(Reply(http_reply(500, R"({"error":{"code":1301}})")));
    start();
    const auto reply = safe();
    EXPECT_EQ(reply.status(), 400);
    EXPECT_THAT(reply.body, HasSubstr("content_filter"));
}

TEST_F(Rules, retry_and_fail) {
    rule({{"500"}, "", "", "once more", "retry", ""});
    rule({{"5xx"}, "", "", "", "fail", ""});
    first.enqueue(Reply(http_reply(500, "once more")));
    first.enqueue(Reply(http_reply(502, "for good")));
    only_acme();
    first_status = 200;
    start();
    EXPECT_EQ(safe().status(), 502);
    EXPECT_EQ(first.requests().size(), 2U);
}

TEST_F(Rules, of_the_route_come_before_those_of_the_provider) {
    rule({{"500"}, "", "", "", "fail", ""});
    route().error_rules = {{{"500"}, "", "", "", "fallback", ""}};
    first.enqueue(Reply(http_reply(500, "no")));
    first.enqueue(Reply(http_reply(500, "no")));
    start();
    EXPECT_EQ(safe().body, "beta's answer");
    EXPECT_EQ(call(chat()).status(), 502);
}

}  // namespace
}  // namespace aihub::gateway
