// Requests in a second or minute, of each key and each client address.
#include "gateway_fixture.hpp"

#include <cstdlib>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;

class RateLimits : public Gateway {
protected:
    void begin(std::string_view limits) {
        upstream.set_handler([](const UpstreamRequest&) {
            return Reply(
                http_reply(200, chat_answer(), "application/json", "x-ratelimit-remaining-requests: theirs\r\n")
            );
        });
        start("rate_limits: " + std::string(limits) + "\n");
    }
    void expect_refused(const Message& reply, std::string_view limit) {
        EXPECT_EQ(reply.status(), 429);
        EXPECT_EQ(error_field(reply, "type"), "rate_limit_error");
        EXPECT_EQ(error_field(reply, "code"), "rate_limit_exceeded");
        EXPECT_THAT(error_field(reply, "message"), HasSubstr(limit));
        EXPECT_GE(std::atoi(reply.headers.get("retry-after").c_str()), 1);
        EXPECT_EQ(reply.headers.get("x-ratelimit-remaining-requests"), "0");
    }
};

TEST_F(RateLimits, OfAKey) {
    begin("{ key: { requests_per_minute: 2, burst: 3 } }");
    for (const auto* left : {"2", "1", "0"}) {
        const auto reply = chat(chat_body());
        EXPECT_EQ(reply.status(), 200);
        EXPECT_EQ(reply.headers.get("x-ratelimit-limit-requests"), "3");
        EXPECT_EQ(reply.headers.get("x-ratelimit-remaining-requests"), left);
        EXPECT_THAT(reply.headers.get("x-ratelimit-reset-requests"), ::testing::MatchesRegex("([0-9]m)?[0-9]+s"));
    }
    const auto refused = chat(chat_body());
    expect_refused(refused, "rate_limits.key");
    EXPECT_LE(std::atoi(refused.headers.get("retry-after").c_str()), 30);
    expect_refused(get("/v1/models"), "rate_limits.key");
    EXPECT_EQ(upstream.requests().size(), 3U);
    // Others are not held up, and whoever watches over the process is not counted.
    EXPECT_EQ(call(http_request("GET", "/v1/models")).status(), 401);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(get("/healthz").status(), 200);
    }
    EXPECT_EQ(metric("aihub_rate_limited_total{by=\"key\"}"), 2);
    EXPECT_EQ(usage_rows(4).back().at("status"), "429");
}

TEST_F(RateLimits, OfAnAddressWithAndWithoutAKey) {
    begin("{ address: { requests_per_minute: 3 } }");
    EXPECT_EQ(call(http_request("GET", "/v1/models")).status(), 401);
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(get("/v1/models").headers.get("x-ratelimit-remaining-requests"), "0");
    expect_refused(chat(chat_body()), "rate_limits.address");
    expect_refused(call(http_request("GET", "/v1/models")), "rate_limits.address");
    EXPECT_EQ(upstream.requests().size(), 1U);
    EXPECT_EQ(metric("aihub_rate_limited_total{by=\"address\"}"), 2);
}

TEST_F(RateLimits, OfAFormatThatIsPassedThrough) {
    begin("{ key: { requests_per_second: 50 } }");
    upstream.enqueue(Reply(http_reply(
        200,
        R"({"id":"resp_1","object":"response","status":"completed","model":"m","output":[]})",
        "application/json",
        "x-ratelimit-remaining-requests: 7\r\nx-ratelimit-remaining-tokens: 9\r\n"
    )));
    const auto reply = call(post("/v1/responses", R"({"model":"gpt-test","input":"hi"})"));
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.headers.get("x-ratelimit-remaining-requests"), "49");  // ours, once
    EXPECT_EQ(reply.headers.get("x-ratelimit-remaining-tokens"), "9");
}

TEST_F(RateLimits, OffByDefaultAndAtOnceAfterAReload) {
    begin("{}");
    EXPECT_EQ(chat(chat_body()).headers.get("x-ratelimit-limit-requests"), "");
    server->set_config(config("rate_limits: { key: { requests_per_minute: 1 } }\n"));
    server->reload();
    EXPECT_TRUE(eventually([&] { return chat(chat_body()).status() == 429; }));
    server->set_config(config());
    server->reload();
    EXPECT_TRUE(eventually([&] { return chat(chat_body()).status() == 200; }));
}

}  // namespace
}  // namespace aihub::testing
