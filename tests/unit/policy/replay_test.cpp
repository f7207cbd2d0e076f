#include "policy/replay.hpp"

#include "base/random.hpp"
#include "policy/decision_log.hpp"
#include "policy/replay_report.hpp"
#include "support/decision_fixture.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_log.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace aihub::policy {
namespace {

using BundlePtr = std::shared_ptr<const Bundle>;

BundlePtr bundle_of(std::vector<SourceFile> files) {
    auto made = Bundle::make("eu", std::move(files));
    EXPECT_TRUE(made) << made.error().message;
    return std::make_shared<const Bundle>(*std::move(made));
}

// Every hook, and every way to differ: chance, time, tags, errors, loops that are stopped.
BundlePtr first_bundle() {
    return bundle_of(
        {{"admit.lua",
          "return function(ctx)\n"
          "  if ctx.input_tokens > 9800 then while true do end end\n"
          "  if ctx.tags.residency ~= 'eu' then return { allow = false, code = 'residency' } end\n"
          "  return { allow = true, limit_class = ctx.headers['x-tier'] }\nend"},
         {"experiment.lua", "return function(ctx) return { checkout = aihub.now() % 2 < 1, ranking = 'b' } end"},
         {"route.lua",
          "return function(ctx)\n"
          "  if ctx.input_tokens % 7 == 0 then error('seven ' .. ctx.input_tokens) end\n"
          "  local one = ctx.candidates[aihub.rand() < 0.5 and 1 or 2]\n"
          "  return { candidates = { one, { provider = 'east', model = 'm', timeout_ms = 500 } } }\nend"},
         {"fallback.lua",
          "return function(ctx, failed)\n"
          "  if failed.status == 504 then return { stop = true } end\n"
          "  return { provider = aihub.provider('west').healthy and 'west' or 'east', model = 'm' }\nend"},
         {"label.lua", "return function(ctx, o) return { size = o.output_tokens > 50 and 'big' or 'small' } end"},
         {"price.lua",
          "return function(usage, quote)\n"
          "  local unit = aihub.money('0.25')\n"
          "  return { currency = quote.currency, lines = { { kind = 'output_tokens', quantity = usage.output_tokens,\n"
          "    unit = unit, unit_size = 1000 } } }\nend"}}
    );
}

class ReplayTest : public ::testing::Test {
protected:
    // Asks all hooks that the bundle has for `count` calls and records what they say, as the gateway does.
    void record(const BundlePtr& bundle, int count, DecidedAs part = DecidedAs::active) {
        auto state = PolicyState::open(bundle, StateOptions());
        ASSERT_TRUE(state) << state.error().message;
        DecisionLogOptions options;
        options.directory = folder.path();
        options.queue_max = 1'000'000;
        DecisionLog decisions(options, clock, log, metrics);
        auto& lane = decisions.lane();
        Random random(42);
        for (int i = 0; i < count; ++i) {
            const auto request_id = "req_" + std::to_string(i);
            auto call = testing::full_facts();
            call.request_id = request_id;
            call.input_tokens = static_cast<std::int64_t>(random.below(10'000));
            call.organization = i % 3 == 0 ? "acme" : "globex";
            call.key = i % 2 == 0 ? "ak_1" : "ak_2";
            call.now = clock.wall_now();
            clock.advance(std::chrono::milliseconds(700));
            ask_all(**state, lane, part, call, static_cast<std::int64_t>(random.below(100)));
        }
        decisions.stop();
    }

    static void ask_all(
        PolicyState& state, DecisionLane& lane, DecidedAs part, const CallFacts& call, std::int64_t tokens
    ) {
        const auto& bundle = state.bundle();
        AskedHook asked{Hook::admit, part, bundle.name(), bundle.hash(), call};
        const auto keep = [&](Hook hook, const auto& ask) {
            asked.hook = hook;
            if (state.has(hook)) {
                lane.record(asked, ask());
            }
        };
        const AttemptFacts failed{"east", "m", "timeout", tokens % 2 == 0 ? 504 : 503, 1};
        const OutcomeFacts outcome{"east", "m", "", 200, 100, tokens, 12.5};
        PriceFacts price;
        price.usage.output_tokens = tokens;
        price.quote.organization = call.organization;
        price.quote.currency = "EUR";
        asked.failed = &failed;
        asked.outcome = &outcome;
        asked.price = &price;
        keep(Hook::admit, [&] { return state.admit(call); });
        keep(Hook::experiment, [&] { return state.experiment(call); });
        keep(Hook::route, [&] { return state.route(call); });
        keep(Hook::fallback, [&] { return state.fallback(call, failed); });
        keep(Hook::label, [&] { return state.label(call, outcome); });
        keep(Hook::price, [&] { return state.price(price); });
    }

    ReplayReport replayed(const BundlePtr& bundle, ReplayMode mode, const ReplayOptions& options = {}) const {
        auto report = replay(folder.path(), bundle, mode, options);
        EXPECT_TRUE(report) << report.error().message;
        return report ? *std::move(report) : ReplayReport();
    }

    // Changes the first letter of `text` where it stands last in the file, and the checksum with it.
    void alter(const std::string& text, char to) const {
        const auto path = list_decision_files(folder.path())->front().path;
        std::ifstream in(path, std::ios::binary);
        std::string bytes{std::istreambuf_iterator<char>(in), {}};
        const auto at = bytes.rfind(text);
        ASSERT_NE(at, std::string::npos);
        bytes[at] = to;
        auto frames = bytes.substr(kDecisionFileHead.size());
        seal_frames(frames);
        std::ofstream(path, std::ios::binary) << kDecisionFileHead << frames;
    }

    static const HookReplay& of(const ReplayReport& report, Hook hook) {
        return report.hooks[static_cast<std::size_t>(hook)];
    }

    testing::DecisionFolder folder;
    testing::FakeClock clock;
    testing::FakeLog log;
    telemetry::Metrics metrics;
};

TEST_F(ReplayTest, TheSameBundleDecidesTheSame) {
    const auto bundle = first_bundle();
    record(bundle, 500);
    record(bundle, 50, DecidedAs::shadow);
    for (const std::size_t workers : {1U, 3U}) {
        ReplayOptions options;
        options.workers = workers;
        const auto report = replayed(bundle, ReplayMode::verify, options);
        EXPECT_EQ(report.records, 550U * kRecordedHooks.size());
        EXPECT_EQ(report.compared() + report.not_comparable, report.records);
        EXPECT_EQ(report.changed(), 0U) << text_report(report);
        EXPECT_GT(of(report, Hook::admit).stops, 0U);
        EXPECT_GT(of(report, Hook::route).errors, 10U);
        EXPECT_EQ(of(report, Hook::route).errors, of(report, Hook::route).failed_before);
        EXPECT_EQ(report.damaged + report.newer + report.lost_bytes + report.not_chosen, 0U);
    }
}

TEST_F(ReplayTest, WhatDoesNotRepeatIsFound) {
    const auto bundle = first_bundle();
    record(bundle, 100);
    alter("big", 'p');
    const auto report = replayed(bundle, ReplayMode::verify);
    EXPECT_EQ(report.changed(), 1U);
    ASSERT_EQ(report.changes.size(), 1U);
    EXPECT_EQ(report.changes[0].hook, Hook::label);
    EXPECT_EQ(report.changes[0].count, 1U);
    EXPECT_EQ(report.changes[0].before, "size=pig");
    EXPECT_EQ(report.changes[0].after, "size=big");
}

TEST_F(ReplayTest, EndsAfterSoManyRecordsAndSaysWhatIsLeft) {
    const auto bundle = first_bundle();
    record(bundle, 100);
    const auto all = replayed(bundle, ReplayMode::candidate);
    EXPECT_EQ(all.unread_bytes, 0U);
    ReplayOptions options;
    options.workers = 1;
    options.gives_way = true;
    options.compared_max = all.compared();
    EXPECT_EQ(replayed(bundle, ReplayMode::candidate, options).unread_bytes, 0U);
    options.compared_max = 60;
    const auto some = replayed(bundle, ReplayMode::candidate, options);
    EXPECT_EQ(some.compared(), 60U);
    EXPECT_GT(some.unread_bytes, 0U);
    EXPECT_NE(text_report(some).find(" bytes were left out"), std::string::npos);
    EXPECT_NE(json_report(some).find("\"complete\":false,"), std::string::npos);
}

TEST_F(ReplayTest, StopsWhenItIsTold) {
    const auto bundle = first_bundle();
    record(bundle, 50);
    std::uint64_t frames = 0;
    const auto files = list_decision_files(folder.path());
    for (const auto& file : *files) {
        frames += file.bytes - kDecisionFileHead.size();
    }
    ReplayOptions options;
    options.stop = [] { return true; };
    const auto none = replayed(bundle, ReplayMode::verify, options);
    EXPECT_EQ(none.records, 0U);
    EXPECT_GE(none.unread_bytes, frames);
}

// A counter that a script keeps between its calls is what nobody can see from outside.
TEST_F(ReplayTest, HiddenStateIsFound) {
    const auto bundle = bundle_of(
        {{"label.lua", "local seen = {}\nreturn function()\n seen[#seen + 1] = 1\n return { n = '' .. #seen } end"}}
    );
    record(bundle, 20);
    ReplayOptions options;
    options.key = "ak_2";
    const auto report = replayed(bundle, ReplayMode::verify, options);
    EXPECT_EQ(report.not_chosen, 10U);
    EXPECT_EQ(report.compared(), 10U);
    EXPECT_EQ(report.changed(), 10U);
}

TEST_F(ReplayTest, AihubKvHasWhatItHadThen) {
    const auto bundle =
        bundle_of({{"label.lua", "return function() return { limit = aihub.kv.get('limit') or 'none' } end"}});
    auto state = PolicyState::open(bundle, StateOptions());
    ASSERT_TRUE(state);
    DecisionLogOptions options;
    options.directory = folder.path();
    DecisionLog decisions(options, clock, log, metrics);
    auto& lane = decisions.lane();
    const OutcomeFacts outcome;
    auto call = testing::full_facts();
    AskedHook asked{Hook::label, DecidedAs::active, bundle->name(), bundle->hash(), call};
    asked.outcome = &outcome;
    lane.record(asked, (*state)->label(call, outcome));
    for (std::uint64_t version = 1; version <= 3; ++version) {
        const auto limit = std::to_string(version);
        if (version < 3) {
            decisions.set_values(version, {{"limit", limit}});
        }
        const std::array values{TextPair{"limit", limit}};
        call.values = values;
        asked.values_version = version;
        lane.record(asked, (*state)->label(call, outcome));
    }
    decisions.stop();
    const auto report = replayed(bundle, ReplayMode::verify);
    EXPECT_EQ(report.compared(), 3U);
    EXPECT_EQ(report.changed(), 0U) << text_report(report);
    EXPECT_EQ(report.not_comparable, 1U) << "the values of version 3 were not told";
}

TEST_F(ReplayTest, OtherBundlesAreNotVerified) {
    record(first_bundle(), 10);
    const auto other = bundle_of({{"label.lua", "return function() return {} end"}});
    const auto report = replayed(other, ReplayMode::verify);
    EXPECT_EQ(report.other_bundle, 60U);
    EXPECT_EQ(report.compared(), 0U);
}

TEST_F(ReplayTest, ACandidateShowsWhatWouldChange) {
    const auto before = bundle_of(
        {{"route.lua",
          "return function(ctx)\n"
          "  if ctx.organization == 'nobody' then\n"
          "    return { candidates = { { provider = 'west', model = 'never' } } }\n"
          "  end\n"
          "  return { candidates = { { provider = 'east', model = 'm' } } }\nend"},
         {"label.lua", "return function() return {} end"}}
    );
    const auto after = bundle_of(
        {{"route.lua",
          "return function(ctx)\n"
          "  if ctx.organization == 'nobody' then\n"
          "    return { candidates = { { provider = 'west', model = 'never' } } }\n"
          "  end\n"
          "  if ctx.organization == 'acme' then return { candidates = { { provider = 'west', model = 'm' } } } end\n"
          "  return { candidates = { { provider = 'east', model = 'm' } } }\nend"},
         {"admit.lua", "return function() return { allow = true } end"}}
    );
    record(before, 300);
    record(before, 30, DecidedAs::shadow);
    const auto report = replayed(after, ReplayMode::candidate);
    EXPECT_EQ(report.not_chosen, 60U) << "what was in shadow decided nothing";
    EXPECT_EQ(of(report, Hook::route).compared, 300U);
    EXPECT_EQ(of(report, Hook::route).changed, 100U);
    EXPECT_EQ(of(report, Hook::label).gone, 300U);
    EXPECT_EQ(report.organizations.at("acme").changed, 100U);
    EXPECT_EQ(report.organizations.at("globex").changed, 0U);
    EXPECT_EQ(report.keys.at("ak_1").changed, 50U);
    EXPECT_EQ(report.models.at("fast").compared, 300U);
    ASSERT_EQ(report.changes.size(), 1U);
    EXPECT_EQ(report.changes[0].before, "east/m");
    EXPECT_EQ(report.changes[0].after, "west/m");
    EXPECT_EQ(report.changes[0].count, 100U);
    EXPECT_EQ(report.changes[0].request_id, "req_0");
    EXPECT_EQ(report.route.priced, 300U);
    EXPECT_LT(report.route.cost_after, report.route.cost_before);
    EXPECT_EQ(report.route.timed, 300U);
    EXPECT_EQ(report.route.latency_before_ms, 300 * 220.0);
    EXPECT_EQ(report.route.latency_after_ms, 200 * 220.0 + 100 * 90.0);
    ASSERT_EQ(report.coverage.size(), 2U);
    EXPECT_EQ(report.coverage[1].file, "route.lua");
    EXPECT_EQ(report.coverage[1].never_run, (std::vector<int>{3}));
}

TEST_F(ReplayTest, PricesAreAddedUpExactly) {
    record(first_bundle(), 60);
    auto files = first_bundle()->files();
    for (auto& file : files) {
        if (file.name == "price.lua") {
            file.text.replace(file.text.find("0.25"), 4, "0.50");
        }
    }
    const auto report = replayed(bundle_of(files), ReplayMode::candidate);
    ASSERT_TRUE(report.prices.contains("acme EUR"));
    const auto& price = report.prices.at("acme EUR");
    EXPECT_EQ(price.compared, 20U);
    EXPECT_GT(price.before, Amount::zero());
    EXPECT_EQ(*price.before.times(2), price.after);
}

TEST_F(ReplayTest, ACandidateThatFailsIsSaidSo) {
    record(first_bundle(), 40);
    const auto broken = bundle_of({{"label.lua", "return function(ctx) return nil + 1 end"}});
    const auto report = replayed(broken, ReplayMode::candidate);
    EXPECT_EQ(of(report, Hook::label).errors, 40U);
    EXPECT_EQ(of(report, Hook::label).changed, 40U);
    const auto loop = bundle_of({{"label.lua", "return function(ctx) while true do end end"}});
    EXPECT_EQ(of(replayed(loop, ReplayMode::candidate), Hook::label).stops, 40U);
}

TEST_F(ReplayTest, TimeSampleAndKeyChoose) {
    const auto bundle = first_bundle();
    record(bundle, 400);
    ReplayOptions since;
    since.since = clock.wall_now() - std::chrono::seconds(70);
    EXPECT_EQ(replayed(bundle, ReplayMode::verify, since).compared(), 100U * kRecordedHooks.size());
    ReplayOptions some;
    some.sample = 1000;
    const auto sampled = replayed(bundle, ReplayMode::verify, some);
    EXPECT_EQ(of(sampled, Hook::label).compared, of(sampled, Hook::route).compared) << "whole requests";
    EXPECT_GT(of(sampled, Hook::label).compared, 15U);
    EXPECT_LT(of(sampled, Hook::label).compared, 80U);
    std::uint64_t told = 0;
    since.since.reset();
    since.progress = [&](const ReplayProgress& progress) { told = std::max(told, progress.bytes); };
    (void)replayed(bundle, ReplayMode::verify, since);
    EXPECT_GT(told, 100'000U);
}

TEST_F(ReplayTest, DamageIsCountedAndPassedOver) {
    const auto bundle = first_bundle();
    record(bundle, 50);
    const auto path = list_decision_files(folder.path())->front().path;
    const auto size = std::filesystem::file_size(path);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file << '\xff';
    file.close();
    std::filesystem::resize_file(path, size - 3);
    const auto report = replayed(bundle, ReplayMode::verify);
    EXPECT_GT(report.lost_bytes, 0U);
    EXPECT_GE(report.damaged + (report.lost_bytes > 400 ? 1U : 0U), 1U);
    EXPECT_EQ(report.changed(), 0U);
}

TEST_F(ReplayTest, MistakesOfCallersAreErrors) {
    const auto bundle = first_bundle();
    EXPECT_EQ(replay(folder.path() + "/no", bundle, ReplayMode::verify, {}).error().code, Errc::not_found);
    const auto broken = bundle_of({{"label.lua", "error('no')"}});
    EXPECT_EQ(replay(folder.path(), broken, ReplayMode::verify, {}).error().code, Errc::invalid_request);
}

}  // namespace
}  // namespace aihub::policy
