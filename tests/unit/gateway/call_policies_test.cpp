#include "gateway/call_policies.hpp"

#include "support/policy_worker.hpp"

namespace aihub::gateway {
namespace {

using ::testing::HasSubstr;
using testing::http_request;

// What a policy sees, as a message of a denial.
class CallPoliciesTest : public testing::PolicyWorker {
protected:
    std::string seen(const std::string& request) {
        const auto reply = call(request);
        const auto at = reply.body.find("<");
        EXPECT_EQ(reply.status(), 403) << reply.body;
        return at == std::string::npos ? reply.body : reply.body.substr(at + 1, reply.body.find(">") - at - 1);
    }
    void show(const std::string& expression) {
        serve(
            {{"admit.lua",
              "return function(ctx) return { allow = false, code = 'seen', message = '<' .. tostring(" + expression +
                  ") .. '>' } end"}}
        );
    }
    std::string chat_with(const std::string& body, const std::string& lines = {}) const {
        return http_request("POST", "/v1/chat/completions", body, auth() + lines);
    }
};

TEST_F(CallPoliciesTest, admit_sees_who_calls_and_what_for) {
    key = make_key({.name = "tagged", .tags = {{"organization", "acme"}, {"tier", "gold"}}});
    config.policies.headers = {"x-tier", "x-none"};
    show(
        "table.concat({ ctx.organization, ctx.tags.tier, ctx.tags.organization, ctx.user, ctx.session, ctx.model, "
        "ctx.dialect, tostring(ctx.stream), tostring(ctx.has_tools), tostring(ctx.has_images), ctx.message_count, "
        "ctx.longest_text_bytes, ctx.output_tokens_max, ctx.attempt, ctx.headers['x-tier'], "
        "tostring(ctx.headers['x-none']), tostring(ctx.headers['x-other']), #ctx.candidates }, ' ')"
    );
    EXPECT_EQ(
        seen(chat_with(
            R"({"model":"m","stream":true,"tools":[{}],"max_tokens":70,"user":"ann","messages":[{"content":"hello"},)"
            R"({"content":[{"type":"image_url","image_url":{"url":"u"}}]}]})",
            "X-Tier: best\r\nX-Other: no\r\nX-AIHub-Session: s1\r\n"
        )),
        "acme gold acme ann s1 m openai true true true 2 5 70 1 best nil nil 0"
    );
}

TEST_F(CallPoliciesTest, the_key_is_its_id_and_no_header_shows_it) {
    show("ctx.key .. ' ' .. tostring(ctx.headers.authorization)");
    const auto text = seen(chat_with(R"({"model":"m","messages":[]})"));
    EXPECT_THAT(text, ::testing::StartsWith("ak_"));
    EXPECT_THAT(text, ::testing::EndsWith(" nil"));
}

TEST_F(CallPoliciesTest, tokens_are_estimated) {
    show("ctx.input_tokens > 150 and ctx.input_tokens < 400");
    std::string text;
    for (int i = 0; i < 200; ++i) {
        text += "word ";
    }
    EXPECT_EQ(seen(chat_with(R"({"model":"m","messages":[{"content":")" + text + R"("}]})")), "true");
}

TEST_F(CallPoliciesTest, route_sees_candidates_and_providers) {
    first_status = 200;
    config.providers["beta"].region = "eu";
    serve(
        {{"route.lua",
          "return function(ctx)\n"
          "  local beta = aihub.provider('beta')\n"
          "  assert(#ctx.candidates == 2 and ctx.candidates[1].provider == 'acme')\n"
          "  assert(ctx.candidates[2].region == 'eu' and ctx.candidates[2].model == 'large')\n"
          "  assert(beta.region == 'eu' and beta.healthy and beta.error_rate == 0 and beta.in_flight == 0)\n"
          "  assert(aihub.provider('nobody') == nil)\n"
          "  return { candidates = { ctx.candidates[2] } }\nend"}}
    );
    EXPECT_EQ(safe().body, "beta's answer") << lines_with("policy").size();
}

TEST_F(CallPoliciesTest, a_provider_that_fails_shows_it) {
    config.breaker.error_percent = 90;
    config.breaker.window = config::Milliseconds(60000);
    config.breaker.calls_min = 100;
    retries().attempts_max = 1;
    acme.failure.kind = capability::FailureKind::upstream;
    first_status = 500;
    serve(
        {{"route.lua",
          "return function(ctx)\n  if aihub.provider('acme').error_rate == 1 then\n"
          "    return { candidates = { { provider = 'beta', model = 'large' } } }\n  end\n"
          "  return { candidates = ctx.candidates }\nend"}}
    );
    EXPECT_EQ(safe().status(), 502);
    EXPECT_EQ(safe().body, "beta's answer");
}

TEST_F(CallPoliciesTest, a_key_that_may_not_use_the_model_never_meets_a_policy) {
    key = make_key({.name = "narrow", .models = {"other"}});
    const auto bundle = serve({{"admit.lua", "return function() return { allow = true } end"}});
    EXPECT_EQ(safe().status(), 403);
    EXPECT_EQ(bundle.figures->hook_calls, 0U);
    EXPECT_EQ(only_row().policy, "");
}

}  // namespace
}  // namespace aihub::gateway
