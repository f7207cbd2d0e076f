#include "policy/hook.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

TEST(Hook, IsFoundByItsName) {
    for (const auto hook : kHooks) {
        EXPECT_EQ(hook_named(hook_name(hook)), hook);
    }
    EXPECT_FALSE(hook_named("guard"));
    EXPECT_FALSE(hook_named(""));
}

TEST(Hook, AFailureNamesBundleHookFileLineAndReason) {
    Failure failure{Fault::steps, "eu@1a2b", "route", "route.lua", 12, "stopped"};
    EXPECT_EQ(failure.text(), "bundle eu@1a2b, hook route, route.lua:12: stopped");
    failure.line = 0;
    failure.file.clear();
    EXPECT_EQ(failure.text(), "bundle eu@1a2b, hook route: stopped");
    EXPECT_EQ(fault_name(failure.fault), "steps");
}

TEST(Hook, AdmitAndGuardsRefuseTheCallWhenItFails) {
    EXPECT_EQ(default_on_error(Hook::admit), OnError::refuse);
    EXPECT_EQ(default_on_error(Hook::experiment), OnError::control);
    for (const auto hook : {Hook::route, Hook::fallback, Hook::label}) {
        EXPECT_EQ(default_on_error(hook), OnError::ordinary);
    }
    EXPECT_EQ(default_on_error(Hook::price), OnError::unrated);
    EXPECT_EQ(default_on_error(Hook::guard_window), OnError::refuse);
}

TEST(Hook, EachHasItsWordsForErrors) {
    EXPECT_EQ(on_error_named(Hook::admit, "refuse"), OnError::refuse);
    EXPECT_EQ(on_error_named(Hook::admit, "ordinary"), OnError::ordinary);
    EXPECT_EQ(on_error_named(Hook::experiment, "control"), OnError::control);
    EXPECT_EQ(on_error_named(Hook::fallback, "stop"), OnError::refuse);
    EXPECT_EQ(on_error_named(Hook::price, "unrated"), OnError::unrated);
    EXPECT_EQ(on_error_named(Hook::label, "ordinary"), OnError::ordinary);
    for (const auto hook : kHooks) {
        EXPECT_FALSE(on_error_named(hook, ""));
        EXPECT_FALSE(on_error_named(hook, on_error_words(hook) == "unrated" ? "ordinary" : "unrated"));
    }
    EXPECT_FALSE(on_error_named(Hook::route, "stop"));
}

TEST(Hook, RouteHasTheLargestBudget) {
    EXPECT_EQ(default_budget(Hook::route).cpu_max, std::chrono::milliseconds(2));
    EXPECT_EQ(default_budget(Hook::admit).cpu_max, std::chrono::milliseconds(1));
    EXPECT_LT(default_budget(Hook::admit).steps_max, default_budget(Hook::route).steps_max);
}

}  // namespace
}  // namespace aihub::policy
