#include "gateway/cors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Cors : public ::testing::Test {
protected:
    Cors() {
        config->cors.allowed_origins = {"https://app.test", "http://localhost:3000"};
        shared->config = config;
        auto loop = std::make_shared<LoopState>();
        loop->shared = shared;
        call.state = loop;
        call.head.method = "POST";
    }
    void asks(std::string_view headers = "authorization, content-type") {
        call.head.method = "OPTIONS";
        call.head.fields.push_back({"Access-Control-Request-Method", "POST"});
        call.head.fields.push_back({"Access-Control-Request-Headers", headers});
        call.operation = Operation::preflight;
        call.allow = "POST";
    }
    void from(std::string_view origin) { call.head.fields.push_back({"Origin", origin}); }
    [[nodiscard]] std::string fields() const {
        std::string out;
        append_cors(out, call);
        return out;
    }

    std::shared_ptr<config::Snapshot> config = std::make_shared<config::Snapshot>();
    std::shared_ptr<State> shared = std::make_shared<State>();
    Call call;
};

TEST_F(Cors, off_says_nothing) {
    config->cors.allowed_origins.clear();
    from("https://app.test");
    asks();
    EXPECT_FALSE(is_preflight(call));
    EXPECT_EQ(fields(), "");
}

TEST_F(Cors, an_origin_that_is_named_may_read_the_answer) {
    from("http://localhost:3000");
    const auto out = fields();
    EXPECT_TRUE(out.starts_with(
        "\r\nVary: Origin\r\nAccess-Control-Allow-Origin: http://localhost:3000\r\nAccess-Control-Expose-Headers: "
        "x-request-id, request-id, retry-after, "
    )) << out;
    for (const auto* name :
         {"x-aihub-provider", "x-aihub-estimate", "x-ratelimit-remaining-requests", "x-should-retry"}) {
        EXPECT_THAT(out, HasSubstr(std::string(", ") + name));
    }
    EXPECT_THAT(out, Not(HasSubstr("Credentials")));
    config->cors.allow_credentials = true;
    EXPECT_THAT(fields(), HasSubstr("\r\nAccess-Control-Allow-Credentials: true"));
}

TEST_F(Cors, another_origin_may_not) {
    for (const auto* origin :
         {"https://app.test.evil", "https://app.tes", "http://app.test", "https://app.test:8443", "null", "*", ""}) {
        call.head.fields.clear();
        from(origin);
        EXPECT_EQ(fields(), "\r\nVary: Origin") << origin;
        asks();
        const auto checked = check_preflight(call);
        ASSERT_FALSE(checked);
        EXPECT_EQ(checked.error().code, Errc::forbidden);
        EXPECT_THAT(checked.error().message, HasSubstr("cors.allowed_origins"));
    }
    call.head.fields.clear();
    EXPECT_EQ(fields(), "\r\nVary: Origin");
}

TEST_F(Cors, a_preflight_is_told_what_may_be_sent) {
    from("https://app.test");
    asks("authorization,content-type,x-stainless-os");
    EXPECT_TRUE(is_preflight(call));
    EXPECT_TRUE(check_preflight(call));
    EXPECT_EQ(
        fields(),
        "\r\nVary: Origin\r\nAccess-Control-Allow-Origin: https://app.test\r\nAccess-Control-Allow-Methods: POST"
        "\r\nAccess-Control-Allow-Headers: authorization,content-type,x-stainless-os\r\nAccess-Control-Max-Age: 600"
    );
}

TEST_F(Cors, what_is_no_list_of_names_is_not_repeated) {
    from("https://app.test");
    asks("a: b");
    EXPECT_THAT(fields(), Not(HasSubstr("Allow-Headers")));
    call.head.fields.clear();
    from("https://app.test");
    const std::string most(4096, 'a');
    asks(most);
    EXPECT_THAT(fields(), HasSubstr("Allow-Headers"));
    call.head.fields.clear();
    from("https://app.test");
    const std::string more(4097, 'a');
    asks(more);
    EXPECT_THAT(fields(), Not(HasSubstr("Allow-Headers")));
}

TEST_F(Cors, a_plain_options_is_no_preflight) {
    call.head.method = "OPTIONS";
    EXPECT_FALSE(is_preflight(call));
    from("https://app.test");
    EXPECT_FALSE(is_preflight(call));
    asks();
    call.head.method = "POST";
    EXPECT_FALSE(is_preflight(call));
}

TEST_F(Cors, every_origin) {
    config->cors.allowed_origins = {"*"};
    from("https://anything.test");
    EXPECT_TRUE(fields().starts_with("\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: "));
    EXPECT_TRUE(check_preflight(call));
    call.head.fields.clear();
    EXPECT_EQ(fields(), "");
}

}  // namespace
}  // namespace aihub::gateway
