// A provider whose credential is a service account's key: the server fetches the access tokens that requests carry.
#include "support/service_account.hpp"

#include "gateway_fixture.hpp"

#include <atomic>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kAnswer =
    R"({"candidates":[{"content":{"parts":[{"text":"hello"}],"role":"model"},"finishReason":"STOP"}]})";
constexpr std::string_view kTarget =
    "/v1/projects/test-project/locations/global/publishers/google/models/large:generateContent";

class ServiceAccount : public Gateway {
protected:
    ServiceAccount() {
        upstream.set_handler([this](const UpstreamRequest& request) {
            if (request.message.target() != "/token") {
                return Reply(http_reply(200, kAnswer));
            }
            ++token_requests;
            return Reply(http_reply(
                token_status,
                token_status == 200 ? R"({"access_token":"ya29.planted","expires_in":3600,"token_type":"Bearer"})"
                                    : R"({"error":"invalid_grant","error_description":"ya29.planted"})"
            ));
        });
    }
    void start_account() {
        const std::string origin = "http://127.0.0.1:" + std::to_string(upstream.port());
        start_with(
            "listen: 127.0.0.1:0\nlog: { level: debug }\n"
            "providers:\n  vertex: { preset: vertex-service-account, base_url: \"" +
                origin + "\", secrets: { service_account: \"${ACCOUNT}\" }, models: [large] }\n",
            {{"ACCOUNT", account.json(origin + "/token")}}
        );
    }
    Message ask() { return chat(chat_body("vertex/large")); }

    TestServiceAccount account;
    std::atomic<int> token_status = 200;
    std::atomic<int> token_requests = 0;
};

TEST_F(ServiceAccount, RequestsCarryATokenThatTheServerFetched) {
    start_account();
    for (int i = 0; i < 3; ++i) {
        const auto reply = ask();
        EXPECT_EQ(
            reply.status(), 200
        ) << reply.body;  // the first one, too: it was tried again when the token was there
        EXPECT_THAT(reply.body, HasSubstr("hello"));
    }
    EXPECT_EQ(token_requests, 1);
    for (const auto& request : upstream.requests()) {
        if (request.message.target() == "/token") {
            const std::string& form = request.message.body;
            EXPECT_THAT(account.claims(form.substr(form.rfind('=') + 1)), HasSubstr("hub@test-project.example"));
        } else {
            EXPECT_EQ(request.message.target(), kTarget);
            EXPECT_EQ(request.message.headers.get("authorization"), "Bearer ya29.planted");
        }
    }
}

TEST_F(ServiceAccount, WithoutATokenAClientMayTryAgainAndSeesNoSecret) {
    token_status = 400;
    start_account();
    for (int i = 0; i < 3; ++i) {
        const auto reply = ask();
        EXPECT_EQ(reply.status(), 503) << reply.body;
        EXPECT_FALSE(reply.headers.get("retry-after").empty());
        EXPECT_THAT(reply.body, HasSubstr("no valid credential for this provider"));
        EXPECT_THAT(reply.body, Not(HasSubstr("ya29")));
    }
    const auto line =
        server->child().wait_for_line(ChildProcess::Output::err, "no access token of the service account");
    ASSERT_TRUE(line);
    EXPECT_THAT(*line, HasSubstr("status 400, invalid_grant"));
    EXPECT_EQ(upstream.requests().front().message.target(), "/token");
    server->terminate();
    EXPECT_EQ(server->wait_for_exit(), 0);
    const std::string all =
        server->child().text(ChildProcess::Output::err) + server->child().text(ChildProcess::Output::out);
    EXPECT_THAT(all, Not(HasSubstr("ya29")));
    EXPECT_THAT(all, Not(HasSubstr("PRIVATE KEY")));
    EXPECT_THAT(all, Not(HasSubstr(account.pem().substr(100, 40))));
    EXPECT_THAT(all, Not(HasSubstr("eyJ")));
}

}  // namespace
}  // namespace aihub::testing
