#include "policy/manifest.hpp"

#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace aihub::policy {
namespace {

TEST(Manifest, IsRead) {
    const auto made = Manifest::parse(R"({
        "description": "who may go where", "author": "platform team",
        "on_error": {"route": "refuse", "fallback": "stop", "experiment": "ordinary"},
        "budgets": {"route": {"steps_max": 5000, "cpu_max_us": 500}, "price": {"steps_max": 900000}},
        "headers": ["x-b", "x-a", "x-b"], "check_splitting": false
    })");
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->description, "who may go where");
    EXPECT_EQ(made->author, "platform team");
    EXPECT_EQ(made->headers, (std::vector<std::string>{"x-a", "x-b"}));
    EXPECT_FALSE(made->splitting_is_checked);
    EXPECT_EQ(made->on_error_or(Hook::route, OnError::ordinary), OnError::refuse);
    EXPECT_EQ(made->on_error_or(Hook::fallback, OnError::ordinary), OnError::refuse);
    EXPECT_EQ(made->on_error_or(Hook::experiment, OnError::control), OnError::ordinary);
    EXPECT_EQ(made->on_error_or(Hook::admit, OnError::refuse), OnError::refuse);
    const auto route = made->budget(Hook::route, default_budget(Hook::route));
    EXPECT_EQ(route.steps_max, 5000U);
    EXPECT_EQ(route.cpu_max, std::chrono::microseconds(500));
    const auto price = made->budget(Hook::price, default_budget(Hook::price));
    EXPECT_EQ(price.steps_max, 50000U) << "a bundle cannot raise its limits";
    EXPECT_EQ(price.cpu_max, default_budget(Hook::price).cpu_max);
}

TEST(Manifest, WithoutOneEverythingIsAsConfigured) {
    const auto made = Manifest::parse("{}");
    ASSERT_TRUE(made);
    EXPECT_TRUE(made->splitting_is_checked);
    for (const auto hook : kHooks) {
        EXPECT_EQ(made->on_error_or(hook, default_on_error(hook)), default_on_error(hook));
        EXPECT_EQ(made->budget(hook, default_budget(hook)).steps_max, default_budget(hook).steps_max);
    }
}

TEST(Manifest, SaysWhatIsWrong) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"{", "this is no JSON: "},
        {"[]", "it has to be an object"},
        {R"({"name": "x"})",
         "name is not known; there are description, author, headers, on_error, budgets and check_splitting"},
        {R"({"author": 1})", "author has to be a string of at most 1024 bytes"},
        {R"({"on_error": "refuse"})", "on_error has to be an object with the names of hooks"},
        {R"({"on_error": {"routes": "refuse"}})", "on_error.routes: there is no such hook"},
        {R"({"on_error": {"route": "closed"}})", "on_error.route has to be refuse or ordinary"},
        {R"({"on_error": {"price": "ordinary"}})", "on_error.price has to be unrated"},
        {R"({"on_error": {"fallback": "refuse"}})", "on_error.fallback has to be ordinary or stop"},
        {R"({"budgets": {"route": 5}})",
         R"(budgets.route has to be an object, such as {"steps_max": 10000, "cpu_max_us": 500})"},
        {R"({"budgets": {"route": {"steps": 5}}})",
         "budgets.route.steps is not known; there are steps_max and cpu_max_us"},
        {R"({"budgets": {"route": {"steps_max": 0}}})", "budgets.route.steps_max has to be a whole number above 0"},
        {R"({"budgets": {"route": {"steps_max": 1.5}}})", "budgets.route.steps_max has to be a whole number above 0"},
        {R"({"headers": "x"})", "headers has to be a list of at most 32 names"},
        {R"({"headers": ["X-Tier"]})", "headers has to be a list of names of headers in lower case"},
        {R"({"check_splitting": 1})", "check_splitting has to be true or false"},
    };
    for (const auto& [text, expected] : rows) {
        const auto made = Manifest::parse(text);
        ASSERT_FALSE(made) << text;
        EXPECT_EQ(made.error().message.substr(0, expected.size() + 13), "bundle.json: " + expected);
    }
}

TEST(Manifest, LowersTheBudgetOfItsBundle) {
    const SourceFile route{
        "route.lua",
        "return function() for i = 1, 5000 do end return { candidates = { { provider = 'p', model = 'm' } } } end"};
    EXPECT_TRUE(testing::policy_of({route})->route({}).decision);
    auto state = testing::policy_of({route, {"bundle.json", R"({"budgets": {"route": {"steps_max": 1000}}})"}});
    const auto answer = state->route({});
    ASSERT_TRUE(answer.failure);
    EXPECT_EQ(answer.failure->fault, Fault::steps);
    EXPECT_EQ(answer.failure->message.substr(0, 24), "stopped after 1000 steps");
}

}  // namespace
}  // namespace aihub::policy
