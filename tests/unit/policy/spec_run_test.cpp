#include "policy/spec_run.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

const SourceFile kRoute{
    "route.lua",
    "return function(ctx)\n"
    "  if ctx.tags.tier == 'gold' then\n"
    "    return { candidates = { { provider = 'fast', model = ctx.model } } }\n"
    "  end\n"
    "  return { candidates = { { provider = 'slow', model = ctx.model } } }\n"
    "end\n"};

Result<SpecReport> run(const std::string& spec, std::vector<SourceFile> files = {kRoute}) {
    files.push_back({"route_spec.lua", spec});
    return run_specs(std::make_shared<const Bundle>(*Bundle::make("b", std::move(files))));
}

std::string report_of(const std::string& spec) {
    const auto report = run(spec);
    return report ? text_report(*report) : report.error().message;
}

TEST(SpecRun, TellsWhatPassedAndWhichLinesNeverRan) {
    const auto report = run(
        "describe('tiers', function()\n"
        "  it('gold is fast', function()\n"
        "    local d = aihub.test.route({ model = 'm', tags = { tier = 'gold' } })\n"
        "    expect(d.candidates[1].provider).to_be('fast')\n"
        "    expect(d).to_equal({ candidates = { { provider = 'fast', model = 'm', weight = 1 } }, transforms = {} })\n"
        "  end)\n"
        "end)\n"
    );
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->passed()) << text_report(*report);
    ASSERT_EQ(report->results.size(), 1U);
    EXPECT_EQ(report->results[0].name, "tiers, gold is fast");
    ASSERT_EQ(report->coverage.size(), 1U);
    EXPECT_EQ(report->coverage[0].file, "route.lua");
    EXPECT_EQ(report->coverage[0].never_run, std::vector<int>{5});
    const auto text = text_report(*report);
    EXPECT_NE(text.find("route.lua: 3 of 4 lines were run; never 5\n"), std::string::npos) << text;
    EXPECT_NE(text.find("1 passed, 0 failed\n"), std::string::npos) << text;
    EXPECT_GT(report->steps_most[2], 0U);
}

TEST(SpecRun, SaysWhatWasExpectedAndWhere) {
    const auto text = report_of(
        "it('is slow', function()\n"
        "  expect(aihub.test.route({ model = 'm' }).candidates[1].provider).to_be('fast')\n"
        "end)\n"
        "it('goes on', function() expect({ 1, a = 'b' }).to_equal({ 1, a = 'c' }) end)\n"
    );
    EXPECT_NE(
        text.find("FAILED route_spec.lua: is slow\n  route_spec.lua:2: expected \"fast\", got \"slow\"\n"),
        std::string::npos
    ) << text;
    EXPECT_NE(text.find("expected { 1, a = \"c\" }, got { 1, a = \"b\" }"), std::string::npos) << text;
    EXPECT_NE(text.find("0 passed, 2 failed\n"), std::string::npos) << text;
}

TEST(SpecRun, AFailureOfThePolicyIsOneOfTheSpec) {
    const auto report = run(
        "it('fails', function() aihub.test.route() end)\n"
        "it('may expect it', function() expect(function() aihub.test.route() end).to_fail_with('route.lua:1') end)\n"
        "it('has no such hook', function() aihub.test.admit() end)\n",
        {{"route.lua", "return function(ctx) error('no') end"}}
    );
    ASSERT_TRUE(report);
    ASSERT_EQ(report->results.size(), 3U);
    EXPECT_NE(report->results[0].failure.find("hook route, route.lua:1: no"), std::string::npos)
        << report->results[0].failure;
    EXPECT_EQ(report->results[1].failure, "");
    EXPECT_NE(report->results[2].failure.find("the bundle has no admit.lua"), std::string::npos);
}

TEST(SpecRun, FactsThatThereAreNotAreNamed) {
    const auto text = report_of(
        "it('a', function() aihub.test.route({ modell = 'm' }) end)\n"
        "it('b', function() aihub.test.route({ model = 1 }) end)\n"
        "it('c', function() aihub.test.route({ providers = { east = { speed = 1 } } }) end)\n"
        "it('d', function() aihub.test.route({ candidates = { provider = 'p', model = 'm' } }) end)\n"
    );
    EXPECT_NE(text.find("the facts of a call have no \"modell\""), std::string::npos) << text;
    EXPECT_NE(text.find("model has to be a string"), std::string::npos) << text;
    EXPECT_NE(text.find("the facts of a call have no \"speed\""), std::string::npos) << text;
    EXPECT_NE(text.find("candidates has to be a list of tables"), std::string::npos) << text;
}

TEST(SpecRun, EveryHookCanBeAsked) {
    const auto report = run(
        "it('all', function()\n"
        "  expect(aihub.test.admit({ stream = true })).to_equal({ allow = true, code = '', message = '', limit_class = "
        "'' })\n"
        "  expect(aihub.test.experiment({})).to_equal({ a = true, b = 'arm' })\n"
        "  expect(aihub.test.fallback({}, { status = 400 })).to_equal({ stop = true })\n"
        "  expect(aihub.test.fallback({}, { provider = 'p' }).provider).to_be('p2')\n"
        "  expect(aihub.test.label({ now = 5 }, { duration_ms = 1.5 })).to_equal({ ms = '1.5' })\n"
        "  local call = { candidates = { { provider = 'p', model = 'm' } }, providers = { p = { latency_ms = 20 } } }\n"
        "  expect(aihub.test.route(call).candidates[1].timeout_ms).to_be(20)\n"
        "end)\n",
        {{"admit.lua", "return function(ctx) return { allow = ctx.stream } end"},
         {"experiment.lua", "return function(ctx) return { a = true, b = 'arm' } end"},
         {"fallback.lua",
          "return function(ctx, f) if f.status == 400 then return { stop = true } end\n"
          "return { provider = f.provider .. '2', model = 'm' } end"},
         {"label.lua", "return function(ctx, o) return { ms = tostring(o.duration_ms) } end"},
         {"route.lua",
          "return function(ctx) local c = ctx.candidates[1]\n"
          "c.timeout_ms = aihub.provider(c.provider).latency_ms return { candidates = { c } } end"}}
    );
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->passed()) << text_report(*report);
}

TEST(SpecRun, NamesFieldsThatThereAreNotOfWhatFailedAndWhatCameOut) {
    const auto report =
        run("it('both', function()\n"
            "  expect(function() aihub.test.fallback({}, {}) end).to_fail_with('failed has no field \"error\"')\n"
            "  expect(function() aihub.test.label({}, {}) end).to_fail_with('outcome has no field \"tokens\"')\n"
            "end)\n",
            {{"fallback.lua", "return function(ctx, failed) return { stop = failed.error } end"},
             {"label.lua", "return function(ctx, outcome) return { tokens = outcome.tokens } end"}});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->passed()) << text_report(*report);
}

TEST(SpecRun, SaysMoneyWhenItIsNot) {
    const auto text = report_of("it('a', function() expect(aihub.money('0.5')).to_be(0.5) end)");
    EXPECT_NE(text.find("expected 0.5, got aihub.money(\"0.5\")"), std::string::npos) << text;
}

TEST(SpecRun, ASpecThatDoesNotEndIsStopped) {
    const auto text = report_of("it('a', function() while true do pcall(function() end) end end)");
    EXPECT_NE(text.find("route_spec.lua:1: the spec was stopped, over its limit of"), std::string::npos) << text;
}

TEST(SpecRun, AsksForSpecs) {
    const auto report = run_specs(std::make_shared<const Bundle>(*Bundle::make("b", {kRoute})));
    ASSERT_FALSE(report);
    EXPECT_EQ(
        report.error().message,
        "bundle b has no specs; write route_spec.lua beside route.lua: docs/policies/README.md shows how"
    );
}

const SourceFile kPrice{
    "price.lua",
    "local unit = aihub.money('0.15')\n"
    "return function(usage, quote)\n"
    "  return { currency = quote.currency, lines = {\n"
    "    { kind = 'input_tokens', quantity = usage.input_tokens, unit = unit, unit_size = 1000000 } } }\n"
    "end\n"};

TEST(SpecRun, AsksForPrices) {
    const auto report =
        run("it('costs', function()\n"
            "  local d = aihub.test.price({ input_tokens = 1200 })\n"
            "  expect(d.total).to_be(aihub.money('0.00018'))\n"
            "  expect(d.currency).to_be('USD')\n"
            "  expect(d.lines[1].amount:text()).to_be('0.00018')\n"
            "  expect(aihub.test.price({}, { currency = 'EUR', tags = { a = 'b' } }).currency).to_be('EUR')\n"
            "  expect(function() aihub.test.price({ tokens = 1 }) end).to_fail_with('have no \"tokens\"')\n"
            "end)\n",
            {kPrice});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->passed()) << text_report(*report);
    ASSERT_EQ(report->results.size(), 7U) << "one spec, and six properties";
    EXPECT_EQ(report->results[6].file, "price.lua");
    EXPECT_EQ(report->results[6].name, "a call in parts does not cost less");
}

TEST(SpecRun, PricesNeedSpecs) {
    const auto report = run("it('passes', function() end)", {kPrice});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_FALSE(report->passed());
    EXPECT_EQ(report->results[1].name, "prices are asked for");
}

TEST(SpecRun, TriesProperties) {
    const auto report =
        run("local seen = {}\n"
            "aihub.test.property('is monotone', function(g)\n"
            "  local a, b = g.usage(), g.usage_more_than_last()\n"
            "  seen[#seen + 1] = a.input_tokens\n"
            "  expect(a.cache_read_tokens + a.cache_write_tokens <= a.input_tokens).to_be(true)\n"
            "  expect(aihub.test.price(a).total <= aihub.test.price(b).total).to_be(true)\n"
            "  expect(g.usage({ model = 'n' }).model).to_be('n')\n"
            "  expect(g.pick({ 'x' }) .. g.whole(3, 3)).to_be('x3')\n"
            "end)\n"
            "it('has a hundred rounds', function()\n"
            "  expect(#seen).to_be(100)\n"
            "  table.sort(seen)\n"
            "  expect(seen[1] < 10 and seen[100] > 10000).to_be(true)\n"
            "end)\n"
            "aihub.test.property('fails', function(g)\n"
            "  expect(g.whole(1, 10) < 10).to_be(true)\n"
            "end)\n",
            {kPrice});
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_GE(report->results.size(), 3U) << text_report(*report);
    EXPECT_EQ(report->results[0].failure, "");
    EXPECT_EQ(report->results[1].failure, "");
    EXPECT_EQ(report->results[2].name, "fails");
    EXPECT_EQ(report->results[2].failure.substr(0, 6), "round ") << report->results[2].failure;
    EXPECT_NE(
        report->results[2].failure.find(" of 100: route_spec.lua:16: expected true, got false"), std::string::npos
    ) << report->results[2].failure;
}

}  // namespace
}  // namespace aihub::policy
