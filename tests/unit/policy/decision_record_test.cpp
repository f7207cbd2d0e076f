#include "policy/decision_record.hpp"

#include "support/decision_fixture.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

using testing::full_facts;
using testing::kSomeHash;

AskedHook asked_for(Hook hook, const CallFacts& call) {
    static constexpr AttemptFacts kFailed{"east", "m", "timeout", 504, 2};
    static constexpr OutcomeFacts kOutcome{"west", "m", "", 200, 1100, 90, 812.5};
    static const PriceFacts kPrice = [] {
        static constexpr std::array kTags{TextPair{"contract", "c1"}};
        PriceFacts price;
        price.usage.provider = "east";
        price.usage.output_tokens = 90;
        price.quote.organization = "acme";
        price.quote.currency = "EUR";
        price.quote.tags = kTags;
        return price;
    }();
    return {
        hook,
        DecidedAs::canary,
        "eu",
        kSomeHash,
        call,
        &kFailed,
        &kOutcome,
        &kPrice,
        7,
        std::chrono::nanoseconds(4200)};
}

template <class Decision>
Answer<Decision> answer_of(Decision decision) {
    Answer<Decision> answer;
    answer.decision = std::move(decision);
    answer.steps = 300;
    return answer;
}

// The payload of a record, which has to be sound.
template <class Decision>
std::string written(Hook hook, const CallFacts& call, const Answer<Decision>& answer) {
    std::string frames;
    append_record(frames, asked_for(hook, call), answer);
    seal_frames(frames);
    std::string_view rest = frames;
    const auto cut = cut_frame(rest);
    EXPECT_TRUE(cut && cut->sound && rest.empty());
    return std::string(cut ? cut->payload : std::string_view());
}

template <class Decision>
void expect_same(Hook hook, const Decision& decision) {
    const auto call = full_facts();
    const auto payload = written(hook, call, answer_of(decision));
    DecisionRecord record;
    ASSERT_TRUE(decode_record(payload, record));
    EXPECT_EQ(record.hook, hook);
    const auto said = decode_result(record);
    ASSERT_TRUE(said.has_value());
    EXPECT_EQ(std::get<Decision>(std::get<AnyDecision>(*said)), decision);
    // Whatever was read of the facts is written again as it was.
    std::string again;
    auto asked = asked_for(hook, record.facts.call);
    asked.failed = &record.facts.attempt;
    asked.outcome = &record.facts.outcome;
    asked.price = &record.facts.price;
    append_said(again, asked, *said, record.steps);
    EXPECT_EQ(again.substr(kFrameHeadBytes), payload);
}

TEST(DecisionRecord, EveryDecisionComesBack) {
    expect_same(Hook::admit, AdmitDecision{true, "", "", "gold"});
    expect_same(Hook::admit, AdmitDecision{false, "no_images", "not in this tier", ""});
    expect_same(Hook::experiment, ExperimentDecision{{{"checkout", true, ""}, {"ranking", true, "b"}}});
    Candidate candidate{"west", "m", 0.25, std::chrono::milliseconds(30'000), 3};
    expect_same(Hook::route, RouteDecision{{candidate, {"east", "n", 1, {}, {}}}, {"trim"}});
    expect_same(Hook::fallback, FallbackDecision{candidate});
    expect_same(Hook::fallback, FallbackDecision{});
    expect_same(Hook::label, LabelDecision{{{"kind", "batch"}, {"team", "search"}}});
    const auto amount = *Amount::parse("-0.000000000001");
    const auto unit = *Amount::parse("123456789012.5");
    PriceDecision price{"EUR", {{"output_tokens", 90, unit, 1'000'000, amount}, {"rebate", 1, {}, 1, amount}}, amount};
    expect_same(Hook::price, price);
}

TEST(DecisionRecord, FactsComeBack) {
    const auto call = full_facts();
    const auto payload = written(Hook::route, call, answer_of(RouteDecision{{{"east", "m", 1, {}, {}}}, {}}));
    DecisionRecord record;
    ASSERT_TRUE(decode_record(payload, record));
    EXPECT_EQ(record.part, DecidedAs::canary);
    EXPECT_EQ(record.bundle_hash, kSomeHash);
    EXPECT_EQ(record.bundle_name, "eu");
    EXPECT_EQ(record.values_version, 7U);
    EXPECT_EQ(record.duration, std::chrono::nanoseconds(4200));
    EXPECT_EQ(record.steps, 300U);
    const auto& read = record.facts.call;
    EXPECT_EQ(read.request_id, call.request_id);
    EXPECT_EQ(read.now, call.now);
    EXPECT_EQ(read.language, "de");
    EXPECT_TRUE(read.stream && read.has_images && !read.has_tools);
    EXPECT_EQ(read.longest_text_bytes, 5000);
    EXPECT_EQ(read.attempt, 2);
    EXPECT_EQ(record.facts.tags, std::vector<TextPair>(call.tags.begin(), call.tags.end()));
    EXPECT_EQ(record.facts.headers.front().second, "gold");
    EXPECT_EQ(record.facts.assignments.front().second, "b");
    ASSERT_EQ(read.candidates.size(), 2U);
    EXPECT_EQ(read.candidates[1].weight, 2.5);
    ASSERT_EQ(read.providers.size(), 2U);
    EXPECT_FALSE(read.providers[1].healthy);
    EXPECT_EQ(read.providers[1].in_flight, -1);
    EXPECT_EQ(read.providers[0].price_output, 10);
}

TEST(DecisionRecord, WhatOnlyOneHookIsToldComesBack) {
    const auto call = full_facts();
    DecisionRecord record;
    const auto fallback = written(Hook::fallback, call, answer_of(FallbackDecision{}));
    ASSERT_TRUE(decode_record(fallback, record));
    EXPECT_EQ(record.facts.attempt.kind, "timeout");
    EXPECT_EQ(record.facts.attempt.status, 504);
    EXPECT_EQ(record.facts.outcome.duration_ms, 0);
    const auto label = written(Hook::label, call, answer_of(LabelDecision{}));
    ASSERT_TRUE(decode_record(label, record));
    EXPECT_EQ(record.facts.outcome.duration_ms, 812.5);
    EXPECT_EQ(record.facts.outcome.output_tokens, 90);
    EXPECT_EQ(record.facts.attempt.kind, "");
    EXPECT_TRUE(record.facts.providers.empty()) << "label cannot ask for them";
    const auto price = written(Hook::price, call, answer_of(PriceDecision{"EUR", {}, {}}));
    ASSERT_TRUE(decode_record(price, record));
    EXPECT_EQ(record.facts.price.usage.output_tokens, 90);
    EXPECT_EQ(record.facts.price.quote.tags[0].second, "c1");
    EXPECT_EQ(record.facts.call.request_id, call.request_id);
    EXPECT_EQ(record.facts.call.organization, "acme");
    EXPECT_EQ(record.facts.call.session, "") << "price does not see the call";
}

TEST(DecisionRecord, AFailureComesBackWithItsPlace) {
    Answer<RouteDecision> answer;
    answer.failure = Failure{Fault::error, "eu@001122334455", "route", "route.lua", 12, "no such field"};
    const auto call = full_facts();
    const auto payload = written(Hook::route, call, answer);
    DecisionRecord record;
    ASSERT_TRUE(decode_record(payload, record));
    const auto said = decode_result(record);
    ASSERT_TRUE(said.has_value());
    EXPECT_EQ(std::get<Failure>(*said).text(), answer.failure->text());
    EXPECT_EQ(std::get<Failure>(*said).fault, Fault::error);
}

TEST(DecisionRecord, EveryCutIsRefused) {
    const auto call = full_facts();
    const auto payload = written(Hook::admit, call, answer_of(AdmitDecision{true, "", "", "gold"}));
    for (std::size_t size = 0; size < payload.size(); ++size) {
        DecisionRecord record;
        const bool read = decode_record(std::string_view(payload).substr(0, size), record);
        EXPECT_FALSE(read && decode_result(record)) << size;
    }
    DecisionRecord record;
    const auto longer = payload + "x";
    ASSERT_TRUE(decode_record(longer, record));
    EXPECT_FALSE(decode_result(record).has_value());
}

TEST(DecisionRecord, ANewerVersionIsNotGuessedAt) {
    const auto call = full_facts();
    auto payload = written(Hook::admit, call, answer_of(AdmitDecision{}));
    EXPECT_EQ(record_kind(payload), RecordKind::decision);
    payload[0] = static_cast<char>(kRecordVersion + 1);
    EXPECT_EQ(record_kind(payload), RecordKind::newer);
    DecisionRecord record;
    EXPECT_FALSE(decode_record(payload, record));
    EXPECT_FALSE(record_kind("").has_value());
}

TEST(DecisionRecord, ValuesComeBack) {
    std::string frames;
    append_values(frames, 9, {{"gold_tokens", "32000"}, {"open", ""}});
    seal_frames(frames);
    std::string_view rest = frames;
    const auto cut = cut_frame(rest);
    ASSERT_TRUE(cut && cut->sound);
    ValuesRecord values;
    ASSERT_TRUE(decode_values(cut->payload, values));
    EXPECT_EQ(values.version, 9U);
    EXPECT_EQ(values.values, (std::map<std::string, std::string, std::less<>>{{"gold_tokens", "32000"}, {"open", ""}}));
}

TEST(DecisionRecord, AChangedBitIsSeen) {
    const auto call = full_facts();
    std::string frames;
    append_record(frames, asked_for(Hook::admit, call), answer_of(AdmitDecision{}));
    seal_frames(frames);
    frames[frames.size() / 2] = static_cast<char>(frames[frames.size() / 2] ^ 0x10);
    std::string_view rest = frames;
    const auto cut = cut_frame(rest);
    ASSERT_TRUE(cut.has_value());
    EXPECT_FALSE(cut->sound);
}

}  // namespace
}  // namespace aihub::policy
