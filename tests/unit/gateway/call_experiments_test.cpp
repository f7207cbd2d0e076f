#include "gateway/call_experiments.hpp"

#include "support/policy_worker.hpp"

namespace aihub::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// The test's key is the unit, and all calls ask for the route "safe", which begins at acme.
class CallExperiments : public testing::PolicyWorker {
protected:
    CallExperiments() { first_status = 200; }
    model::Experiment& add_experiment(const std::string& name, std::uint32_t control, std::uint32_t other) {
        auto& made = config.experiments.emplace_back();
        made.name = made.salt = name;
        made.arms = {{"control", control, {}}, {"other", other, {}}};
        made.unit = {model::UnitKind::key};
        return made;
    }
    // All calls get the arm.
    model::Experiment& all_in(const std::string& name, const std::string& arm) {
        auto& made = add_experiment(name, 1, model::kBuckets - 1);
        made.arms[0].share = arm == "control" ? model::kBuckets : 0;
        made.arms[1].share = model::kBuckets - made.arms[0].share;
        return made;
    }
    std::string experiments_of_call(std::string_view more = {}, const std::string& lines = {}) {
        EXPECT_EQ(safe_with(lines, more).status(), 200);
        return rows(++calls).front().experiments;
    }

    std::size_t calls = 0;
};

TEST_F(CallExperiments, an_arm_that_nothing_looks_at_is_not_recorded) {
    all_in("checkout", "other");
    start();
    EXPECT_EQ(experiments_of_call(), "");
}

TEST_F(CallExperiments, an_arm_is_recorded_when_the_route_depends_on_it) {
    all_in("checkout", "other");
    all_in("unread", "other");
    serve(
        {{"route.lua",
          "return function(ctx) return { candidates = ctx.assignments.checkout == 'other' and ctx.candidates } end"}}
    );
    EXPECT_THAT(experiments_of_call(), StartsWith("checkout=other/key:"));
    EXPECT_THAT(log.lines(), ::testing::Contains(HasSubstr(" experiments=checkout=other/key:")));
}

TEST_F(CallExperiments, a_label_and_a_shadow_do_not_count_as_use) {
    all_in("checkout", "other");
    policy::PolicySet set;
    set.active =
        testing::running({{"label.lua", "return function(ctx) return { arm = ctx.assignments.checkout } end"}});
    set.candidate = testing::running(
        {{"route.lua", "return function(ctx) return { candidates = ctx.assignments.checkout and ctx.candidates } end"}},
        "c"
    );
    begin(set);
    EXPECT_EQ(experiments_of_call(), "");
    EXPECT_EQ(rows(1).front().labels, "arm=other");
}

TEST_F(CallExperiments, an_arm_with_a_model_gets_its_route) {
    auto& experiment = all_in("models", "other");
    experiment.models = {"safe"};
    experiment.arms[1].model = "beta/other-model";
    start();
    EXPECT_THAT(experiments_of_call(), StartsWith("models=other/key:"));
    const auto row = rows(1).front();
    EXPECT_EQ(row.provider, "beta");
    EXPECT_EQ(row.model_used, "other-model");
    EXPECT_EQ(row.model_asked, "safe");
}

TEST_F(CallExperiments, the_control_of_such_an_experiment_is_recorded_too) {
    auto& experiment = all_in("models", "control");
    experiment.models = {"safe"};
    experiment.arms[1].model = "beta/other-model";
    start();
    EXPECT_THAT(experiments_of_call(), StartsWith("models=control/key:"));
    EXPECT_EQ(rows(1).front().provider, "acme");
}

TEST_F(CallExperiments, an_arm_whose_model_is_not_there_takes_nobody_in) {
    auto& experiment = all_in("models", "other");
    experiment.models = {"safe"};
    experiment.arms[1].model = "gone/model";
    start();
    EXPECT_EQ(experiments_of_call(), "");
    EXPECT_EQ(rows(1).front().provider, "acme");
}

TEST_F(CallExperiments, the_first_unit_that_a_call_has_counts) {
    auto& experiment = all_in("models", "control");
    experiment.models = {"safe"};
    experiment.arms[1].model = "beta/other-model";
    experiment.unit = {model::UnitKind::session, model::UnitKind::user, model::UnitKind::key};
    start();
    EXPECT_THAT(experiments_of_call(), HasSubstr("/key:"));
    EXPECT_THAT(experiments_of_call(R"(,"user":"ann")"), HasSubstr("/user:"));
    EXPECT_EQ(
        experiments_of_call(R"(,"user":"ann")", "x-aihub-session: s1\r\n"),
        "models=control/session:" + std::to_string(experiment::unit_tag("models", "models", "s1"))
    );
}

TEST_F(CallExperiments, a_policy_chooses_arms_and_keeps_calls_out) {
    all_in("chosen", "control");
    all_in("out", "other");
    all_in("drawn", "other");
    serve(
        {{"experiment.lua", "return function() return { chosen = 'other', out = false, gone = 'x' } end"},
         {"route.lua",
          "return function(ctx)\n"
          "  for name, arm in pairs(ctx.assignments) do end\n"
          "  return { candidates = ctx.candidates }\nend"}}
    );
    const auto recorded = experiments_of_call();
    EXPECT_THAT(recorded, StartsWith("chosen=other/key:"));
    EXPECT_THAT(recorded, HasSubstr("!chosen,drawn=other/key:"));
    EXPECT_THAT(recorded, ::testing::Not(HasSubstr("out=")));
}

TEST_F(CallExperiments, a_policy_that_fails_gives_the_control) {
    all_in("checkout", "other");
    serve(
        {{"experiment.lua", "return function() return { checkout = 'none' } end"},
         {"route.lua",
          "return function(ctx) return { candidates = ctx.assignments.checkout == 'control' and ctx.candidates } end"}}
    );
    const auto recorded = experiments_of_call();
    EXPECT_THAT(recorded, StartsWith("checkout=control/key:"));
    EXPECT_THAT(recorded, ::testing::EndsWith("!error"));
    EXPECT_THAT(lines_with("a policy failed"), ElementsAre(HasSubstr("experiment checkout has no arm \"none\"")));
}

TEST_F(CallExperiments, a_policy_that_fails_may_leave_the_arms_as_they_are) {
    all_in("checkout", "other");
    config.policies.experiment.on_error = "ordinary";
    serve(
        {{"experiment.lua", "return function() error('no') end"},
         {"route.lua",
          "return function(ctx) return { candidates = ctx.assignments.checkout == 'other' and ctx.candidates } end"}}
    );
    EXPECT_THAT(experiments_of_call(), ::testing::MatchesRegex("checkout=other/key:[0-9]+"));
}

}  // namespace
}  // namespace aihub::gateway
