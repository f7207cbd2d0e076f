#include "gateway/loop_policies.hpp"

#include "support/fake_clock.hpp"
#include "support/fake_log.hpp"
#include "support/policy_worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::gateway {
namespace {

using policy::Hook;
using ::testing::ElementsAre;
using testing::running;

constexpr const char* kLoops = "return function() while true do end end";

class LoopPoliciesTest : public ::testing::Test {
protected:
    Result<LoopPoliciesPtr> make(const policy::PolicySet& set) {
        return LoopPolicies::create(std::make_shared<const policy::PolicySet>(set), state_options({}), {log, metrics});
    }
    LoopPoliciesPtr active(std::vector<policy::SourceFile> files) {
        policy::PolicySet set;
        set.active = running(std::move(files));
        return *make(set);
    }

    testing::FakeClock clock;
    testing::FakeLog log;
    telemetry::Metrics metrics;
    net::Loop loop{0, clock};
    std::vector<std::function<void()>> work;
    bool taken = true;
    OffLoop off_loop = [this](std::function<void()> job) {
        work.push_back(std::move(job));
        return taken;
    };
};

TEST_F(LoopPoliciesTest, a_set_without_a_bundle_is_none) {
    EXPECT_EQ(*make({}), nullptr);
    EXPECT_EQ(*LoopPolicies::create(nullptr, {}, {log, metrics}), nullptr);
}

TEST_F(LoopPoliciesTest, each_bundle_has_its_hooks) {
    policy::PolicySet set;
    set.active = running({{"route.lua", kLoops}});
    set.candidate = running({{"admit.lua", kLoops}, {"label.lua", kLoops}}, "next");
    const auto made = *make(set);
    EXPECT_TRUE(made->active->has(Hook::route));
    EXPECT_FALSE(made->active->has(Hook::admit));
    EXPECT_TRUE(made->candidate->has(Hook::label));
    EXPECT_EQ(made->candidate->label(), set.candidate.bundle->label());
    EXPECT_EQ(&made->candidate->figures(), set.candidate.figures.get());
}

TEST_F(LoopPoliciesTest, a_bundle_that_cannot_be_loaded_is_an_error) {
    policy::PolicySet set;
    set.active = running({{"route.lua", "return 7"}});
    const auto made = make(set);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::invalid_request);
}

TEST_F(LoopPoliciesTest, what_scripts_log_names_the_bundle) {
    const auto made = active({{"label.lua", "return function() aihub.log('warning', 'look') return {} end"}});
    EXPECT_TRUE(made->active->state()->label({}, {}).decision);
    EXPECT_THAT(
        log.lines(),
        ElementsAre(
            "warn: a policy says bundle=" + made->active->label() + " hook=label place=label.lua:1 message=look"
        )
    );
}

TEST_F(LoopPoliciesTest, the_limits_are_those_of_the_configuration) {
    config::Policies settings;
    settings.route.steps_max = 1234;
    settings.price.cpu_max = config::Milliseconds(7);
    settings.memory_max = 5;
    const auto options = state_options(settings);
    EXPECT_FALSE(options.rebuild);
    EXPECT_EQ(options.budgets[static_cast<std::size_t>(Hook::route)].steps_max, 1234U);
    EXPECT_EQ(options.limits.memory_soft_bytes, 5U);
    const auto defaults = state_options({});
    for (const auto hook : policy::kHooks) {
        const auto& budget = defaults.budgets[static_cast<std::size_t>(hook)];
        EXPECT_EQ(budget.steps_max, policy::default_budget(hook).steps_max) << policy::hook_name(hook);
        EXPECT_EQ(budget.cpu_max, policy::default_budget(hook).cpu_max) << policy::hook_name(hook);
    }
    EXPECT_EQ(defaults.limits.memory_soft_bytes, policy::StateLimits().memory_soft_bytes);
    EXPECT_EQ(defaults.limits.memory_hard_bytes, policy::StateLimits().memory_hard_bytes);
}

TEST_F(LoopPoliciesTest, the_error_policies_are_those_of_the_hooks) {
    const auto word = [](policy::OnError on_error) {
        switch (on_error) {
            case policy::OnError::refuse:
                return "refuse";
            case policy::OnError::control:
                return "control";
            default:
                return "ordinary";
        }
    };
    for (const auto hook : {Hook::admit, Hook::experiment, Hook::route, Hook::fallback, Hook::label}) {
        EXPECT_EQ(settings_of({}, hook).on_error, word(policy::default_on_error(hook))) << policy::hook_name(hook);
    }
}

TEST_F(LoopPoliciesTest, a_stopped_state_is_replaced_and_both_are_there_again) {
    const auto made = active({{"route.lua", kLoops}});
    auto& bundle = *made->active;
    const auto* const first = bundle.state();
    EXPECT_TRUE(bundle.state()->route({}).failure);
    replace_stopped(made, bundle, loop, off_loop);
    const auto* const second = bundle.state();
    EXPECT_NE(second, nullptr);
    EXPECT_NE(second, first);
    // The other one is stopped before a new one has come.
    EXPECT_TRUE(bundle.state()->route({}).failure);
    replace_stopped(made, bundle, loop, off_loop);
    EXPECT_EQ(bundle.state(), nullptr);
    ASSERT_EQ(work.size(), 1U) << "one at a time";
    work[0]();
    loop.post([&] {
        EXPECT_NE(bundle.state(), nullptr);
        ASSERT_EQ(work.size(), 2U) << "the one in reserve is missing, too";
        work[1]();
    });
    loop.post([this] { loop.post([this] { loop.stop(); }); });
    loop.run();
    EXPECT_EQ(work.size(), 2U);
    EXPECT_TRUE(bundle.take_stopped());
    EXPECT_NE(bundle.state(), nullptr);
}

TEST_F(LoopPoliciesTest, what_nobody_could_take_on_is_asked_for_again) {
    const auto made = active({{"route.lua", kLoops}});
    auto& bundle = *made->active;
    EXPECT_TRUE(bundle.state()->route({}).failure);
    taken = false;
    replace_stopped(made, bundle, loop, off_loop);
    EXPECT_NE(bundle.state(), nullptr);
    EXPECT_TRUE(bundle.begin_renewal());
}

TEST_F(LoopPoliciesTest, a_bundle_that_is_gone_takes_no_new_state) {
    auto made = active({{"route.lua", kLoops}});
    EXPECT_TRUE(made->active->state()->route({}).failure);
    replace_stopped(made, *made->active, loop, off_loop);
    made.reset();
    ASSERT_EQ(work.size(), 1U);
    work[0]();
    loop.post([this] { loop.stop(); });
    loop.run();
}

TEST_F(LoopPoliciesTest, failures_are_counted_in_a_row_and_told_once_in_a_while) {
    const auto made = active({{"route.lua", kLoops}});
    auto& bundle = *made->active;
    const auto first = bundle.failed(Hook::route, clock.steady_now());
    EXPECT_TRUE(first.log);
    EXPECT_EQ(first.in_a_row, 1U);
    const auto second = bundle.failed(Hook::route, clock.steady_now());
    EXPECT_FALSE(second.log);
    EXPECT_EQ(second.in_a_row, 2U);
    EXPECT_TRUE(bundle.failed(Hook::admit, clock.steady_now()).log) << "each hook by itself";
    bundle.succeeded(Hook::route);
    clock.advance(std::chrono::seconds(10));
    const auto third = bundle.failed(Hook::route, clock.steady_now());
    EXPECT_TRUE(third.log);
    EXPECT_EQ(third.untold, 1U);
    EXPECT_EQ(third.in_a_row, 1U);
    EXPECT_TRUE(bundle.report_once());
    EXPECT_FALSE(bundle.report_once());
}

}  // namespace
}  // namespace aihub::gateway
