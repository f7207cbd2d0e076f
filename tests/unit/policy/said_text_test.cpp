#include "policy/said_text.hpp"

#include "support/decision_fixture.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

TEST(SaidText, DecisionsAreShort) {
    const auto text = [](AnyDecision decision) { return text_of(Said(std::move(decision))); };
    EXPECT_EQ(text(AdmitDecision{true, "", "", "gold"}), "allowed, class gold");
    EXPECT_EQ(text(AdmitDecision{false, "no_images", "not in this tier", ""}), "refused: no_images (not in this tier)");
    EXPECT_EQ(
        text(ExperimentDecision{{{"a", true, ""}, {"b", false, ""}, {"c", true, "arm"}}}),
        "a: takes part, b: does not, c: arm"
    );
    EXPECT_EQ(
        text(RouteDecision{{{"east", "m", 0.5, std::chrono::milliseconds(10), 2}, {"west", "n", 1, {}, {}}}, {"trim"}}),
        "east/m weight 0.5 timeout 10 ms retries 2, west/n; with trim"
    );
    EXPECT_EQ(text(FallbackDecision{}), "stop");
    EXPECT_EQ(text(LabelDecision{}), "no labels");
    EXPECT_EQ(text(LabelDecision{{{"kind", "batch"}}}), "kind=batch");
    const auto amount = *Amount::parse("0.5");
    EXPECT_EQ(text(PriceDecision{"EUR", {{"images", 1, {}, 1, amount}}, amount}), "0.5 EUR: images 0.5");
    const Failure failure{Fault::error, "b@1", "route", "route.lua", 3, "why"};
    EXPECT_EQ(text_of(Said(failure)), "error in route.lua:3: why");
}

TEST(SaidText, InputsHaveTheirNamesOfScripts) {
    DecisionRecord record;
    record.hook = Hook::fallback;
    record.facts.call.model = "fast";
    record.facts.call.stream = true;
    record.facts.call.input_tokens = 1200;
    record.facts.call.attempt = 2;
    record.facts.tags = {{"residency", "eu"}, {"team", "search"}};
    record.facts.candidates = {{"east", "m", "eu", 1}};
    record.facts.providers = {{"east", "eu", false, 0.25, 220, 0, 0, 3}};
    record.facts.attempt.kind = "timeout";
    EXPECT_EQ(
        inputs_of(record),
        (std::vector<NamedText>{
            {"model", "fast"},
            {"stream", "true"},
            {"input_tokens", "1200"},
            {"attempt", "2"},
            {"tags", "residency=eu, team=search"},
            {"candidates", "east/m in eu"},
            {"provider east", "not healthy, region eu, error_rate 0.25, latency_ms 220, in_flight 3"},
            {"failed.kind", "timeout"},
            {"failed.attempts", "1"}})
    );
}

}  // namespace
}  // namespace aihub::policy
