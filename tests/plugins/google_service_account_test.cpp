// Access tokens of a service account: when they are fetched, what requests carry, and what nobody sees.
#include "support/fake_outside.hpp"
#include "support/plugin_under_test.hpp"
#include "support/service_account.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr const char* kSettings = R"({"credential":"service_account"})";

const TestServiceAccount& account() {
    static const TestServiceAccount kAccount;
    return kAccount;
}

std::string token_reply(std::string_view token, int seconds = 3600) {
    return R"({"access_token":")" + std::string(token) + R"(","expires_in":)" + std::to_string(seconds) +
           R"(,"token_type":"Bearer"})";
}

class ServiceAccount : public ::testing::Test {
protected:
    explicit ServiceAccount(const std::string& token_uri = "https://oauth2.googleapis.com/token") {
        outside.secrets["service_account"] = account().json(token_uri);
    }
    PluginUnderTest& plugin() {
        if (!plugin_) {
            plugin_ = std::make_unique<PluginUnderTest>(AIHUB_PLUGIN_GOOGLE, kSettings, [this](FakePluginHost& host) {
                outside.install(host);
            });
            EXPECT_EQ(plugin_->create_status, AIHUB_OK) << plugin_->host.error_message;
        }
        return *plugin_;
    }
    // The credential of a request, or why there is none. The service answers with `status`.
    std::string ask(int status = 200) {
        const FakeRequest request("gemini.generate", "gemini-2.5-flash", R"({"contents":[]})", 0);
        const auto* codec = plugin().extension<aihub_provider_codec_v1>(AIHUB_EXT_PROVIDER_CODEC);
        FakeCall call;
        aihub_http_request http{};
        http.struct_size = sizeof http;
        aihub_callstate* state = nullptr;
        built = codec->build(plugin().instance, call.handle(), request.get(), &http, &state, plugin().host.error());
        if (built != AIHUB_OK) {
            return plugin().host.error_message;
        }
        std::string found;
        for (std::size_t at = 0; at < http.n_headers; ++at) {
            const std::string name = text_of(http.headers[at].name);
            if (name == "Authorization" || name == "x-goog-api-key") {
                found += text_of(http.headers[at].value) + text_of(http.headers[at].secret);
            }
        }
        path = text_of(http.path);
        codec->on_head(state, call.handle(), status, nullptr, 0, plugin().host.error());
        codec->on_end(state, call.handle(), AIHUB_CANCELLED, plugin().host.error());
        codec->destroy(state);
        return found;
    }
    void fetch(int status, const std::string& body, aihub_status end = AIHUB_OK) {
        outside.run_jobs();
        ASSERT_EQ(outside.exchanges.size(), 1U);
        outside.answer(status, body, end);
    }
    [[nodiscard]] std::string log() {
        std::string all;
        for (const std::string& line : plugin().host.log) {
            all += line + "\n";
        }
        return all;
    }

    FakeOutside outside;
    aihub_status built = AIHUB_OK;
    std::string path;

private:
    std::unique_ptr<PluginUnderTest> plugin_;
};

TEST_F(ServiceAccount, TheFirstRequestFetchesATokenAndMayComeAgain) {
    EXPECT_EQ(ask(), "the gateway has no valid credential for this provider at the moment: try again");
    EXPECT_EQ(built, AIHUB_E_UNAVAILABLE);
    outside.run_jobs();
    ASSERT_EQ(outside.exchanges.size(), 1U);
    const auto asked = outside.exchanges.front();
    EXPECT_EQ(asked.origin, "https://oauth2.googleapis.com");
    EXPECT_EQ(asked.path, "/token");
    EXPECT_THAT(asked.headers, HasSubstr("Content-Type: application/x-www-form-urlencoded\n"));
    constexpr std::string_view kGrant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    ASSERT_EQ(asked.body.substr(0, kGrant.size()), kGrant);
    EXPECT_EQ(
        account().claims(asked.body.substr(kGrant.size())),
        R"({"iss":"hub@test-project.example","scope":"https://www.googleapis.com/auth/cloud-platform",)"
        R"("aud":"https://oauth2.googleapis.com/token","iat":784111747,"exp":784115347})"
    );
    outside.answer(200, token_reply("ya29.first"));
    EXPECT_EQ(ask(), "Bearer ya29.first");
}

TEST_F(ServiceAccount, ThereIsOneFetchAtATime) {
    for (int i = 0; i < 5; ++i) {
        ask();
        outside.run_jobs();
    }
    EXPECT_EQ(outside.started, 1);
    outside.answer(200, token_reply("t"));
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(ask(), "Bearer t");
    }
    EXPECT_EQ(outside.started, 1);
}

TEST_F(ServiceAccount, ATokenIsRenewedAheadOfItsEndWithoutARequest) {
    ask();
    fetch(200, token_reply("one"));
    plugin().host.advance(3299 * kSecond);
    outside.run_jobs();
    EXPECT_EQ(outside.started, 1);
    plugin().host.advance(kSecond);
    EXPECT_EQ(ask(), "Bearer one");  // meanwhile
    fetch(200, token_reply("two"));
    EXPECT_EQ(ask(), "Bearer two");
    plugin().host.advance(3300 * kSecond);
    fetch(200, token_reply("three"));
    EXPECT_EQ(ask(), "Bearer three");
    EXPECT_EQ(outside.started, 3);
    EXPECT_EQ(log(), "");
}

TEST_F(ServiceAccount, ATokenThatCannotBeRenewedIsUsedToItsEnd) {
    ask();
    fetch(200, token_reply("one"));
    plugin().host.advance(3300 * kSecond);
    fetch(503, "busy");
    EXPECT_EQ(ask(), "Bearer one");
    plugin().host.advance(269 * kSecond);  // with what it tries meanwhile
    outside.run_jobs();
    EXPECT_EQ(ask(), "Bearer one");
    plugin().host.advance(kSecond);
    EXPECT_THAT(ask(), HasSubstr("no valid credential"));
    EXPECT_EQ(built, AIHUB_E_UNAVAILABLE);
}

TEST_F(ServiceAccount, PausesBetweenFailuresDouble) {
    ask();
    fetch(500, "{}");
    int pauses = 0;
    for (const int seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
        plugin().host.advance(seconds * kSecond - 1'000'000);
        ask();
        outside.run_jobs();
        EXPECT_TRUE(outside.exchanges.empty()) << seconds;
        plugin().host.advance(1'000'000);
        fetch(0, "", AIHUB_E_UNAVAILABLE);
        ++pauses;
    }
    EXPECT_EQ(outside.started, 1 + pauses);
    plugin().host.advance(60 * kSecond);
    fetch(200, token_reply("late"));
    EXPECT_EQ(ask(), "Bearer late");
    EXPECT_THAT(log(), HasSubstr("given out again"));
}

TEST_F(ServiceAccount, ARefusedTokenIsFetchedAnew) {
    ask();
    fetch(200, token_reply("one"));
    EXPECT_EQ(ask(401), "Bearer one");  // it is new: something else is wrong
    EXPECT_EQ(ask(), "Bearer one");
    plugin().host.advance(60 * kSecond);
    EXPECT_EQ(ask(401), "Bearer one");
    EXPECT_THAT(ask(), HasSubstr("no valid credential"));
    fetch(200, token_reply("two"));
    EXPECT_EQ(ask(), "Bearer two");
    plugin().host.advance(3240 * kSecond);  // the timer of the first one finds nothing to do
    outside.run_jobs();
    EXPECT_EQ(outside.started, 2);
}

TEST_F(ServiceAccount, ATokenOutlastsAReload) {
    ask();
    fetch(200, token_reply("one"));
    plugin().reload(kSettings);
    EXPECT_EQ(ask(), "Bearer one");  // while the new instance fetches its own
    fetch(200, token_reply("two"));
    EXPECT_EQ(ask(), "Bearer two");
    plugin().host.advance(60 * kSecond);
    EXPECT_EQ(ask(401), "Bearer two");
    plugin().reload(kSettings);
    EXPECT_THAT(ask(), HasSubstr("no valid credential"));  // it was refused
}

TEST_F(ServiceAccount, OtherAccountsHaveOtherTokens) {
    ask();
    fetch(200, token_reply("one"));
    std::string& key = outside.secrets["service_account"];
    key.replace(key.find("key-1"), 5, "key-2");
    plugin().reload(kSettings);
    EXPECT_THAT(ask(), HasSubstr("no valid credential"));
}

TEST_F(ServiceAccount, WhatWentWrongIsLoggedWithoutSecrets) {
    ask();
    const std::string secret = "ya29.secret";
    fetch(400, R"({"error":"invalid_grant","error_description":"ya29.secret"})");
    plugin().host.advance(kSecond);
    fetch(403, R"({"error":"Ya29.secret"})");
    plugin().host.advance(2 * kSecond);
    fetch(200, R"({"token":"ya29.secret"})");
    plugin().host.advance(4 * kSecond);
    fetch(200, R"({"access_token":"ya29.secret\r\nx: y","expires_in":3600})");
    plugin().host.advance(8 * kSecond);
    fetch(200, "ya29.secret");
    plugin().host.advance(16 * kSecond);
    fetch(0, "", AIHUB_E_TIMEOUT);
    outside.http_status = AIHUB_E_DENIED;
    plugin().host.advance(32 * kSecond);
    outside.run_jobs();
    const std::string said = log() + ask();
    EXPECT_THAT(said, HasSubstr("reason=the token endpoint answered with status 400, invalid_grant\n"));
    EXPECT_THAT(said, HasSubstr("reason=the token endpoint answered with status 403\n"));
    EXPECT_THAT(said, HasSubstr("reason=the token endpoint's answer holds no access token\n"));
    EXPECT_THAT(said, HasSubstr("reason=the token endpoint took too long\n"));
    EXPECT_THAT(said, HasSubstr("reason=the key's token_uri is neither Google's nor at the provider's base_url\n"));
    EXPECT_THAT(said, Not(HasSubstr("secret")));
    EXPECT_THAT(said, Not(HasSubstr("PRIVATE KEY")));
    EXPECT_THAT(said, Not(HasSubstr("eyJ")));  // a JWT
}

TEST_F(ServiceAccount, AnExchangeThatTheHostEndsIsNoFailure) {
    ask();
    fetch(0, "", AIHUB_CANCELLED);
    EXPECT_EQ(log(), "");
    EXPECT_EQ(plugin().host.timers(), 0U);
}

// The account's own project, unless the operator names another.
TEST_F(ServiceAccount, TheProjectIsThatOfTheAccount) {
    constexpr const char* kPath = R"({"credential":"service_account","path":"/p/{project}/{model}:{verb}"})";
    PluginUnderTest made(AIHUB_PLUGIN_GOOGLE, kPath, [this](FakePluginHost& host) { outside.install(host); });
    EXPECT_EQ(made.create_status, AIHUB_OK) << made.host.error_message;
}

TEST_F(ServiceAccount, AKeyThatCannotBeUsedIsRefusedWithoutItsWords) {
    const std::string good = account().json("https://oauth2.googleapis.com/token");
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string changed = good;
        return changed.replace(changed.find(from), from.size(), to);
    };
    const auto why = [&](const std::string& secret) {
        outside.secrets["service_account"] = secret;
        const PluginUnderTest made(AIHUB_PLUGIN_GOOGLE, kSettings, [this](FakePluginHost& host) {
            outside.install(host);
        });
        EXPECT_NE(made.create_status, AIHUB_OK);
        EXPECT_THAT(made.host.error_message, Not(HasSubstr("KEY---")));
        EXPECT_THAT(made.host.error_message, Not(HasSubstr("words of the key")));
        return made.host.error_message;
    };
    EXPECT_THAT(why("words of the key"), HasSubstr("is not valid JSON"));
    EXPECT_THAT(why(with("service_account", "authorized_user")), HasSubstr("is not of the type service_account"));
    EXPECT_THAT(why(with("client_email", "email")), HasSubstr("has no client_email"));
    EXPECT_THAT(why(with("https://", "words of the key")), HasSubstr("has a token_uri that is no address"));
    EXPECT_THAT(why(with("MII", "XXX")), HasSubstr("has no private_key that is an RSA key"));
    EXPECT_THAT(
        why(TestServiceAccount(1024).json("https://oauth2.googleapis.com/token")), HasSubstr("of 2048 bits or more")
    );
    outside.secrets.clear();
    const PluginUnderTest none(AIHUB_PLUGIN_GOOGLE, kSettings, [this](FakePluginHost& host) { outside.install(host); });
    EXPECT_THAT(none.host.error_message, HasSubstr("the secret service_account is missing"));
}

}  // namespace
}  // namespace aihub::testing
