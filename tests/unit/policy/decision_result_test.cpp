#include "policy/decision_result.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

template <class Decision>
std::string bytes_of(const Decision& decision) {
    std::string out;
    append_result(out, decision);
    return out;
}

TEST(DecisionResult, EqualExactlyWhenItSaysTheSame) {
    const RouteDecision route{{{"east", "m", 1, {}, {}}}, {}};
    auto other = route;
    EXPECT_EQ(bytes_of(route), bytes_of(other));
    other.candidates[0].retries = 0;
    EXPECT_NE(bytes_of(route), bytes_of(other));
    other = route;
    other.transforms.emplace_back();
    EXPECT_NE(bytes_of(route), bytes_of(other));
    EXPECT_NE(bytes_of(AdmitDecision{false, "ab", "c", ""}), bytes_of(AdmitDecision{false, "a", "bc", ""}));
}

TEST(DecisionResult, AFailureHasItsFault) {
    const Failure failure{Fault::memory, "other@1", "route", "route.lua", 7, "too much"};
    const auto bytes = bytes_of(failure);
    EXPECT_EQ(fault_of_result(bytes), Fault::memory);
    EXPECT_FALSE(fault_of_result(bytes_of(AdmitDecision{})).has_value());
    EXPECT_FALSE(fault_of_result("").has_value());
    const auto said = decode_result(bytes, Hook::route, "eu@2");
    ASSERT_TRUE(said.has_value());
    EXPECT_EQ(std::get<Failure>(*said).text(), "bundle eu@2, hook route, route.lua:7: too much");
    EXPECT_EQ(bytes_of(*said), bytes) << "bundle and hook are not among what is compared";
}

TEST(DecisionResult, OfAnotherHookItIsNoDecision) {
    const auto bytes = bytes_of(RouteDecision{{{"east", "m", 1, {}, {}}}, {}});
    EXPECT_FALSE(decode_result(bytes, Hook::admit, "b").has_value());
    EXPECT_FALSE(decode_result("\x02", Hook::admit, "b").has_value());
    EXPECT_FALSE(decode_result("", Hook::admit, "b").has_value());
}

}  // namespace
}  // namespace aihub::policy
