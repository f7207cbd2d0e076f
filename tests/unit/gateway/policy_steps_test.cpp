#include "gateway/policy_steps.hpp"

#include "support/policy_worker.hpp"

namespace aihub::gateway {
namespace {

using capability::FailureKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::http_reply;
using testing::http_request;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Reply;
using testing::running;
using ::testing::SizeIs;

constexpr const char* kToBeta =
    "return function(ctx) return { candidates = { { provider = 'beta', model = 'large' } } } end";
constexpr const char* kLoops = "return function(ctx) while true do end end";
constexpr const char* kFails = "return function(ctx) error('oh no') end";

class PolicySteps : public testing::PolicyWorker {
protected:
    PolicySteps() { first_status = 200; }
    static std::string route_of(const std::string& candidates) {
        return "return function(ctx) return { candidates = { " + candidates + " } } end";
    }
};

TEST_F(PolicySteps, without_a_bundle_nothing_changes) {
    begin({});
    EXPECT_EQ(safe().body, "first");
    EXPECT_EQ(only_row().policy, "");
    EXPECT_EQ(metric("aihub_policy_calls_total{hook=\"route\",result=\"decided\"}"), 0);
}

TEST_F(PolicySteps, route_decides_and_the_row_and_the_answer_say_which_bundle_it_was) {
    config.response_headers.policy = true;
    const auto bundle = serve({{"route.lua", kToBeta}});
    const auto reply = safe();
    EXPECT_EQ(reply.body, "beta's answer");
    EXPECT_EQ(reply.headers.get("x-aihub-policy"), bundle.bundle->label());
    const auto row = only_row();
    EXPECT_EQ(row.policy, bundle.bundle->hash());
    EXPECT_EQ(row.provider, "beta");
    EXPECT_THAT(lines_with("request"), ElementsAre(HasSubstr("policy=" + bundle.bundle->label())));
    EXPECT_EQ(bundle.figures->calls, 1U);
    EXPECT_EQ(bundle.figures->hook_calls, 1U);
    EXPECT_EQ(bundle.figures->hook_failures, 0U);
    EXPECT_EQ(metric("aihub_policy_calls_total{hook=\"route\",result=\"decided\"}"), 1);
}

TEST_F(PolicySteps, admit_denies_in_the_words_of_each_dialect) {
    const auto bundle = serve(
        {{"admit.lua",
          "return function(ctx) return { allow = false, code = 'no_' .. ctx.dialect, message = 'not ' .. ctx.model } "
          "end"}}
    );
    struct Case {
        const char* path;
        const char* body;
        const char* shape;
    };
    const Case cases[] = {
        {"/v1/chat/completions", R"({"model":"m","messages":[]})", R"("code":"no_openai")"},
        {"/v1/messages", R"({"model":"m","max_tokens":9,"messages":[]})", R"("type":"permission_error")"},
        {"/v1beta/models/m:generateContent", R"({"contents":[]})", R"("status":"PERMISSION_DENIED")"},
    };
    for (const auto& [path, body, shape] : cases) {
        const auto reply = call(http_request("POST", path, body, auth()));
        EXPECT_EQ(reply.status(), 403) << path;
        EXPECT_THAT(reply.body, HasSubstr(shape)) << path;
        EXPECT_THAT(reply.body, HasSubstr("not m")) << path;
    }
    EXPECT_EQ(rows(3).front().outcome, model::Outcome::refused);
    EXPECT_EQ(bundle.figures->denied, 3U);
    EXPECT_EQ(bundle.figures->calls, 3U);
    EXPECT_EQ(bundle.figures->failed_calls, 0U);
    EXPECT_EQ(first.connections() + second.connections(), 0U);
}

// So that it can refuse what has nowhere to go; a route without candidates would be a failure of the bundle.
TEST_F(PolicySteps, admit_knows_where_the_call_could_go) {
    const auto bundle = serve(
        {{"admit.lua",
          "return function(ctx)\n"
          "  local names = {}\n"
          "  for i, candidate in ipairs(ctx.candidates) do names[i] = candidate.provider end\n"
          "  return { allow = false, code = 'no', message = table.concat(names, ' and ') }\nend"}}
    );
    const auto reply = safe_with("");
    EXPECT_EQ(reply.status(), 403);
    EXPECT_THAT(reply.body, HasSubstr("acme and beta"));
    EXPECT_EQ(bundle.figures->hook_failures, 0U);
}

TEST_F(PolicySteps, what_a_failure_means_is_for_the_configuration_to_say) {
    struct Case {
        const char* hook;
        std::string config::PolicyHook::*word;
        config::PolicyHook config::Policies::*settings;
        const char* on_error;
        int status;
    };
    const Case cases[] = {
        {"admit", &config::PolicyHook::on_error, &config::Policies::admit, "refuse", 503},
        {"admit", &config::PolicyHook::on_error, &config::Policies::admit, "ordinary", 200},
        {"route", &config::PolicyHook::on_error, &config::Policies::route, "ordinary", 200},
        {"route", &config::PolicyHook::on_error, &config::Policies::route, "refuse", 503},
    };
    for (const auto& [hook, word, settings, on_error, status] : cases) {
        config.policies.*settings.*word = on_error;
        const auto bundle = serve({{std::string(hook) + ".lua", kFails}});
        const auto reply = safe();
        EXPECT_EQ(reply.status(), status) << hook << " " << on_error;
        EXPECT_EQ(reply.body.find("oh no"), std::string::npos);
        EXPECT_EQ(reply.body.find("policy_failed") != std::string::npos, status == 503);
        EXPECT_EQ(bundle.figures->hook_failures, 1U);
        EXPECT_EQ(bundle.figures->hook_stops, 0U);
        stop();
    }
    EXPECT_THAT(
        lines_with("a policy failed"),
        ::testing::Contains(
            ::testing::AllOf(HasSubstr("place=route.lua:1"), HasSubstr("oh no"), HasSubstr("fault=error"))
        )
    );
}

TEST_F(PolicySteps, a_route_that_cannot_be_followed_is_a_failure_that_names_why) {
    const std::pair<std::string, const char*> cases[] = {
        {route_of("{ provider = 'nobody', model = 'm' }"), "there is no provider \"nobody\""},
        {"return function() return { candidates = { { provider = 'beta', model = 'm' } }, transforms = { 'x' } } end",
         "there is no transform \"x\""},
        {"return function() return {} end", "lacks a table \"candidates\""},
    };
    for (const auto& [source, why] : cases) {
        serve({{"route.lua", source}});
        EXPECT_EQ(safe().body, "first") << why;
        const auto lines = lines_with("a policy failed");
        ASSERT_FALSE(lines.empty()) << why;
        EXPECT_THAT(lines.back(), HasSubstr(why));
        EXPECT_THAT(lines.back(), HasSubstr("fault=bad_decision"));
        stop();
    }
}

TEST_F(PolicySteps, a_provider_that_does_not_take_the_request_is_left_out) {
    add("only_embeds", std::make_shared<testing::FakeCodec>(std::vector<std::string>{"openai.embeddings"}), {});
    config.providers["only_embeds"].base_url = "http://127.0.0.1:1";
    const auto bundle =
        serve({{"route.lua", route_of("{ provider = 'only_embeds', model = 'm' }, { provider = 'beta', model = 'm' }")}}
        );
    EXPECT_EQ(safe().body, "beta's answer");
    EXPECT_EQ(only_row().model_used, "m");
    EXPECT_EQ(bundle.figures->hook_failures, 0U);
}

TEST_F(PolicySteps, a_script_that_is_stopped_costs_one_call_and_the_next_is_decided) {
    config.policies.headers = {"x-loop"};
    const auto bundle = serve(
        {{"route.lua",
          "return function(ctx)\n  while ctx.headers['x-loop'] do end\n"
          "  return { candidates = { { provider = 'beta', model = 'large' } } }\nend"}}
    );
    for (int round = 1; round <= 3; ++round) {
        EXPECT_EQ(safe_with("x-loop: 1\r\n").body, "first");
        EXPECT_TRUE(testing::eventually([&] { return safe().body == "beta's answer"; })) << round;
    }
    EXPECT_EQ(bundle.figures->hook_stops, 3U);
    EXPECT_EQ(metric("aihub_policy_stops_total"), 3);
    EXPECT_EQ(metric("aihub_policy_calls_total{hook=\"route\",result=\"stopped\"}"), 3);
    const auto lines = lines_with("a policy was stopped");
    ASSERT_THAT(lines, SizeIs(1));
    EXPECT_THAT(lines[0], HasSubstr("bundle=" + bundle.bundle->label() + " hook=route place=route.lua:2 fault=steps"));
}

TEST_F(PolicySteps, the_state_in_reserve_answers_at_once) {
    config.policies.headers = {"x-loop"};
    serve(
        {{"route.lua",
          "return function(ctx)\n  while ctx.headers['x-loop'] do end\n"
          "  return { candidates = { { provider = 'beta', model = 'large' } } }\nend"}}
    );
    services->off_loop = nullptr;  // Nobody makes another one.
    EXPECT_EQ(safe_with("x-loop: 1\r\n").body, "first");
    EXPECT_EQ(safe().body, "beta's answer");
    EXPECT_EQ(safe_with("x-loop: 1\r\n").body, "first");
    EXPECT_EQ(safe().body, "first");
    EXPECT_EQ(metric("aihub_policy_calls_total{hook=\"route\",result=\"failed\"}"), 1);
}

TEST_F(PolicySteps, a_bundle_that_fails_time_and_again_is_reported_once) {
    config.policies.failures_max = 3;
    config.policies.headers = {"x-good"};
    const auto bundle = serve(
        {{"route.lua",
          "return function(ctx)\n  if not ctx.headers['x-good'] then error('oh no') end\n"
          "  return { candidates = { { provider = 'beta', model = 'large' } } }\nend"}}
    );
    safe();
    safe();
    EXPECT_EQ(safe_with("x-good: 1\r\n").body, "beta's answer");  // Not in a row.
    safe();
    safe();
    EXPECT_THAT(reports(), IsEmpty());
    safe();
    safe();
    EXPECT_THAT(reports(), ElementsAre(HasSubstr("route: bundle " + bundle.bundle->label())));
    EXPECT_THAT(lines_with("a policy failed"), SizeIs(1)) << "one line in a while is enough";
}

TEST_F(PolicySteps, a_stream_keeps_the_bundle_that_it_began_with) {
    policy::PolicySet set;
    set.active = running({{"label.lua", "return function() return { by = 'old' } end"}}, "old");
    begin(set);
    auto go_on = testing::make_signal();
    first.enqueue(Reply(testing::stream_head() + testing::event_chunk("one"))
                      .wait(go_on)
                      .send(testing::event_chunk("two") + testing::chunk("")));
    auto client = connect();
    ASSERT_TRUE(client.send(chat("safe", R"(,"stream":true)")));
    ASSERT_TRUE(client.read_until("one"));
    const auto old = set.active;
    set.active = running({{"label.lua", "return function() return { by = 'new' } end"}}, "new");
    use(set);
    safe();
    EXPECT_EQ(rows(1).front().labels, "by=new");
    go_on->set();
    ASSERT_TRUE(client.read_until("two"));
    const auto row = rows(2).front();
    EXPECT_EQ(row.labels, "by=old");
    EXPECT_EQ(row.policy, old.bundle->hash());
    EXPECT_EQ(old.figures->calls, 1U);
}

TEST_F(PolicySteps, a_canary_decides_for_its_share_of_the_callers) {
    policy::PolicySet set;
    set.active = running({{"route.lua", route_of("{ provider = 'acme', model = 'large' }")}});
    set.candidate = running({{"route.lua", kToBeta}}, "next");
    set.stage = policy::Stage::canary;
    const auto place = [&](const std::string& user) {
        return policy::sha256_number(set.candidate.bundle->hash() + ":canary:" + user) % 10000;
    };
    std::string in = "u0";
    std::string out = "v0";
    for (int i = 1; place(in) >= 5000; ++i) {
        in = "u" + std::to_string(i);
    }
    for (int i = 1; place(out) < 5000; ++i) {
        out = "v" + std::to_string(i);
    }
    set.canary_buckets = 5000;
    begin(set);
    for (int again = 0; again < 3; ++again) {
        EXPECT_EQ(safe(",\"user\":\"" + in + "\"").body, "beta's answer");
        EXPECT_EQ(safe(",\"user\":\"" + out + "\"").body, "first");
    }
    EXPECT_EQ(rows(6).front().policy, set.active.bundle->hash());
    EXPECT_EQ(set.active.figures->calls, 3U);
    EXPECT_EQ(set.candidate.figures->calls, 3U);
    set.canary_buckets = 0;
    use(set);
    EXPECT_EQ(safe(",\"user\":\"" + in + "\"").body, "first");
    set.canary_buckets = 10000;
    use(set);
    EXPECT_EQ(safe(",\"user\":\"" + out + "\"").body, "beta's answer");
}

TEST_F(PolicySteps, a_shadow_is_asked_too_and_decides_nothing) {
    config.policies.headers = {"x-do"};
    policy::PolicySet set;
    set.active = running({{"route.lua", route_of("{ provider = 'acme', model = 'large' }")}});
    set.candidate = running(
        {{"admit.lua",
          "return function(ctx) return { allow = ctx.headers['x-do'] ~= 'deny', code = 'no', message = 'no' } end"},
         {"route.lua",
          "return function(ctx)\n  while ctx.headers['x-do'] == 'loop' do end\n"
          "  if ctx.headers['x-do'] == 'beta' then\n"
          "    return { candidates = { { provider = 'beta', model = 'large' } } }\n  end\n"
          "  return { candidates = { { provider = 'acme', model = 'large' } } }\nend"}},
        "next"
    );
    begin(set);
    const auto& figures = *set.candidate.figures;
    EXPECT_EQ(safe().body, "first");
    EXPECT_EQ(figures.differences, 0U);
    EXPECT_EQ(safe_with("x-do: deny\r\n").body, "first");
    EXPECT_EQ(figures.differences, 1U);
    EXPECT_EQ(safe_with("x-do: beta\r\n").body, "first");
    EXPECT_EQ(figures.differences, 2U);
    EXPECT_EQ(safe_with("x-do: loop\r\n").body, "first");
    EXPECT_EQ(figures.differences, 2U);
    EXPECT_EQ(figures.hook_stops, 1U);
    EXPECT_EQ(figures.hook_calls, 8U);
    EXPECT_EQ(figures.calls, 0U);
    EXPECT_EQ(set.active.figures->hook_failures, 0U);
    EXPECT_EQ(rows(4).front().policy, set.active.bundle->hash());
}

TEST_F(PolicySteps, labels_stand_in_the_row) {
    serve(
        {{"label.lua",
          "return function(ctx, outcome)\n"
          "  return { kind = outcome.error_kind, by = outcome.provider .. '/' .. outcome.model, status = '' .. "
          "outcome.status, odd = 'a,b=c' }\nend"}}
    );
    first_status = 400;
    acme.failure.kind = FailureKind::invalid_request;
    EXPECT_EQ(safe().status(), 400);
    EXPECT_EQ(only_row().labels, "by=acme/large,kind=upstream_error,odd=a_b_c,status=400");
}

TEST_F(PolicySteps, without_labels_the_row_has_none) {
    const auto bundle = serve({{"label.lua", kLoops}});
    EXPECT_EQ(safe().body, "first");
    EXPECT_EQ(only_row().labels, "");
    EXPECT_EQ(bundle.figures->hook_stops, 1U);
}

TEST_F(PolicySteps, fallback_says_where_a_failed_call_goes) {
    add_codec("gamma", second.port(), {});
    struct Case {
        const char* says;
        int status;
        std::uint32_t attempts;
        const char* provider;
    };
    const Case cases[] = {
        {"{ stop = true }", 502, 1, "acme"},
        {"{ provider = 'beta', model = 'large' }", 200, 2, "beta"},
        {"{ provider = 'gamma', model = 'other' }", 200, 2, "gamma"},
        {"{ provider = 'nobody', model = 'm' }", 200, 2, "beta"},
        {"{ provider = failed.provider, model = failed.model }", 200, 2, "beta"},  // It may not be tried again.
        {"{ provider = failed.kind == 'upstream' and failed.status == 500 and failed.attempts == 1 and ctx.attempt == "
         "2 and 'gamma', model = 'm' }",
         200,
         2,
         "gamma"},
    };
    std::size_t count = 0;
    for (const auto& [says, status, attempts, provider] : cases) {
        serve({{"fallback.lua", std::string("return function(ctx, failed) return ") + says + " end"}});
        acme_fails(FailureKind::upstream);
        EXPECT_EQ(safe().status(), status) << says;
        const auto row = rows(++count).front();
        EXPECT_EQ(row.attempts, attempts) << says;
        EXPECT_EQ(row.provider, provider) << says;
        stop();
    }
}

TEST_F(PolicySteps, a_fallback_that_fails_stops_where_the_configuration_says_so) {
    config.policies.fallback.on_error = "stop";
    serve({{"fallback.lua", kFails}});
    acme_fails(FailureKind::upstream);
    EXPECT_EQ(safe().status(), 502);
    EXPECT_EQ(only_row().attempts, 1U);
}

TEST_F(PolicySteps, a_candidate_has_its_own_retries) {
    first_status = 503;
    retries().attempts_max = 5;
    config.retries.budget_per_minute_min = 1000;
    const std::pair<const char*, std::uint32_t> cases[] = {{"", 5}, {", retries = 1", 2}, {", retries = 0", 1}};
    for (const auto& [more, attempts] : cases) {
        acme.failure.kind = FailureKind::overloaded;
        serve({{"route.lua", route_of(std::string("{ provider = 'acme', model = 'large'") + more + " }")}});
        EXPECT_EQ(safe().headers.get("x-aihub-attempts"), std::to_string(attempts)) << more;
        stop();
    }
}

TEST_F(PolicySteps, a_candidate_has_its_own_time) {
    retries().attempts_max = 1;
    first.enqueue(Reply().hold());
    serve({{"route.lua", route_of("{ provider = 'acme', model = 'large', timeout_ms = 50 }")}});
    EXPECT_EQ(safe().status(), 504);
}

TEST_F(PolicySteps, the_order_of_a_decision_holds_unless_it_asks_for_a_draw) {
    const std::string few =
        "{ provider = 'acme', model = 'large', weight = 1 }, { provider = 'beta', model = 'large', weight = 2 }";
    const auto of_beta = [&](const std::string& route, int calls) {
        serve({{"route.lua", route}});
        int count = 0;
        for (int i = 0; i < calls; ++i) {
            count += safe().body == "beta's answer" ? 1 : 0;
        }
        stop();
        return count;
    };
    const auto drawn = [](const std::string& candidates) {
        return "return function(ctx) return { balance = 'weighted', candidates = { " + candidates + " } } end";
    };
    EXPECT_EQ(of_beta(route_of(few), 20), 0);
    const auto share = of_beta(drawn(few), 60);
    EXPECT_GT(share, 20);
    EXPECT_LT(share, 58);
    EXPECT_EQ(
        of_beta(drawn("{ provider = 'acme', model = 'large', weight = 0 }, { provider = 'beta', model = 'large' }"), 5),
        5
    );
}

TEST_F(PolicySteps, price_says_what_a_call_costs) {
    config.policies.currency = "EUR";
    const auto bundle = serve(
        {{"price.lua",
          "return function(usage, quote)\n"
          "  assert(usage.known and usage.provider == 'acme' and usage.operation == 'chat_completions')\n"
          "  assert(quote.model == 'safe')\n"
          "  return { currency = quote.currency, lines = {\n"
          "    { kind = 'input_tokens', quantity = usage.input_tokens, unit = aihub.money('2.5'), unit_size = 1000000 "
          "}, "
          "} }\nend"}}
    );
    first.enqueue(Reply(
        testing::stream_head() + testing::event_chunk("usage 10 5") + testing::event_chunk("1") + testing::chunk("")
    ));
    EXPECT_EQ(safe(R"(,"stream":true)").status(), 200);
    const auto row = only_row();
    EXPECT_EQ(row.rating, "rated");
    EXPECT_EQ(row.amount, "0.000025");
    EXPECT_EQ(row.currency, "EUR");
    EXPECT_EQ(bundle.figures->cost_nanos, 25000U);
}

TEST_F(PolicySteps, a_price_that_fails_is_unrated_and_never_free) {
    const auto bundle = serve({{"price.lua", "return function() error('no table') end"}});
    EXPECT_EQ(safe().status(), 200);
    const auto row = only_row();
    EXPECT_EQ(row.rating, "unrated");
    EXPECT_EQ(row.amount, "");
    EXPECT_EQ(row.currency, "");
    EXPECT_EQ(bundle.figures->hook_failures, 1U);
}

TEST_F(PolicySteps, a_call_that_no_provider_answered_has_no_price) {
    retries().attempts_max = 1;
    const auto bundle = serve({{"price.lua", "return function() error('not to be asked') end"}});
    acme_fails(FailureKind::upstream);
    EXPECT_EQ(safe().status(), 502);
    EXPECT_EQ(only_row().rating, "");
    EXPECT_EQ(bundle.figures->hook_calls, 0U);
}

TEST_F(PolicySteps, a_manifest_goes_before_the_configuration) {
    const auto bundle = serve({{"bundle.json", R"({"on_error":{"route":"refuse"}})"}, {"route.lua", kFails}});
    EXPECT_EQ(safe().status(), 503);
}

TEST_F(PolicySteps, scripts_read_values_and_count) {
    policy::PolicySet set;
    set.active = running(
        {{"route.lua",
          "return function(ctx)\n  aihub.count('seen', 2)\n"
          "  return { candidates = { { provider = aihub.kv.get('where'), model = 'large' } } }\nend"}}
    );
    set.values = {{"other", "x"}, {"where", "beta"}};
    begin(set);
    EXPECT_EQ(safe().body, "beta's answer");
    EXPECT_EQ(metric("aihub_policy_script_total{bundle=\"b\",hook=\"route\",name=\"seen\"}"), 2);
}

TEST(ListedPairs, are_bounded_and_safe) {
    EXPECT_EQ(listed_pairs({}), "");
    EXPECT_EQ(listed_pairs({{"a", "b"}, {"c=d", "e,f\n"}}), "a=b,c_d=e_f_");
    EXPECT_EQ(listed_pairs({{"long", std::string(300, 'x')}, {"a", "b"}}), "a=b");
}

}  // namespace
}  // namespace aihub::gateway
