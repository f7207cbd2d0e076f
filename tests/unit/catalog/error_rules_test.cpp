#include "catalog/error_rules.hpp"

#include <gtest/gtest.h>

namespace aihub::catalog {
namespace {

using capability::FailureKind;
using config::ErrorRule;
using Then = ErrorVerdict::Then;

ErrorRules rules(std::vector<ErrorRule> first, std::vector<ErrorRule> then = {}) {
    return {first, then};
}

TEST(ErrorRules, without_any_nothing_matches) {
    EXPECT_TRUE(rules({}).empty());
    EXPECT_EQ(rules({}).match({400, "a", "b", "c"}), nullptr);
}

TEST(ErrorRules, all_conditions_must_hold) {
    const auto all = rules({{{"400", "5xx"}, "server_busy", "1305", "try later", "retry", "overloaded"}});
    const auto* verdict = all.match({400, "server_busy", "1305", R"({"message":"try later"})"});
    ASSERT_NE(verdict, nullptr);
    EXPECT_EQ(verdict->then, Then::retry);
    EXPECT_EQ(verdict->kind, FailureKind::overloaded);
    EXPECT_NE(all.match({599, "server_busy", "1305", "try later"}), nullptr);
    EXPECT_EQ(all.match({401, "server_busy", "1305", "try later"}), nullptr);
    EXPECT_EQ(all.match({400, "server_bus", "1305", "try later"}), nullptr);
    EXPECT_EQ(all.match({400, "server_busy", "", "try later"}), nullptr);
    EXPECT_EQ(all.match({400, "server_busy", "1305", "Try later"}), nullptr);
}

TEST(ErrorRules, the_first_that_matches_counts_and_routes_come_first) {
    const auto both = rules({{{"429"}, "", "", "", "fail", ""}}, {{{"4xx"}, "", "", "", "fallback", "quota"}});
    EXPECT_EQ(both.match({429, {}, {}, {}})->then, Then::fail);
    EXPECT_EQ(both.match({429, {}, {}, {}})->kind, std::nullopt);
    EXPECT_EQ(both.match({402, {}, {}, {}})->then, Then::fallback);
    EXPECT_EQ(both.match({402, {}, {}, {}})->kind, FailureKind::quota);
    EXPECT_EQ(both.match({500, {}, {}, {}}), nullptr);
}

TEST(ErrorRules, the_body_counts_up_to_its_limit) {
    const auto body = rules({{{}, "", "", "busy", "retry", ""}});
    const std::string before(ErrorRules::kBodyBytes - 4, ' ');
    EXPECT_NE(body.match({500, {}, {}, before + "busy"}), nullptr);
    EXPECT_EQ(body.match({500, {}, {}, before + " busy"}), nullptr);
    EXPECT_EQ(body.match({500, {}, {}, std::string(10 * before.size(), ' ') + "busy"}), nullptr);
}

TEST(ErrorRules, a_good_answer_is_looked_at_by_its_status_only) {
    const auto failures = rules({{{}, "", "", "busy", "retry", ""}});
    EXPECT_FALSE(failures.looks_at_success());
    EXPECT_EQ(failures.match({200, {}, {}, "busy", false}), nullptr);
    EXPECT_NE(failures.match({200, {}, {}, "busy"}), nullptr);  // an error inside a 200
    for (const auto* status : {"200", "2xx"}) {
        const auto good = rules({{{status}, "", "", "busy", "retry", ""}});
        EXPECT_TRUE(good.looks_at_success());
        EXPECT_NE(good.match({200, {}, {}, "busy", false}), nullptr);
        EXPECT_EQ(good.match({200, {}, {}, "fine", false}), nullptr);
        EXPECT_EQ(good.match({503, {}, {}, "busy"}), nullptr);
    }
}

TEST(ErrorRules, who_said_nothing_matches_nothing) {
    const auto all = rules({{{"2xx", "4xx", "5xx"}, "", "", "", "retry", ""}, {{}, "", "", "x", "retry", ""}});
    EXPECT_EQ(all.match({0, {}, {}, {}}), nullptr);
    EXPECT_EQ(all.match({-1, {}, {}, {}}), nullptr);
    EXPECT_NE(all.match({0, {}, {}, "x"}), nullptr);  // of a plugin that knows no status
}

}  // namespace
}  // namespace aihub::catalog
