#include "gateway/ask_policy.hpp"

#include "support/policy_worker.hpp"

namespace aihub::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The experiments of a call, asked on the loop of a worker that serves.
class AskPolicy : public testing::PolicyWorker {
protected:
    std::optional<policy::ExperimentDecision> asked(std::string source) {
        const auto bundle = serve({{"experiment.lua", std::move(source)}});
        std::promise<std::optional<policy::ExperimentDecision>> promise;
        loop->post([&] {
            Call call;
            call.state = worker->state();
            call.request_id = "req_1";
            pin_policies(*worker, call, std::make_shared<const model::Principal>());
            promise.set_value(ask_experiment(*worker, call, *call.policies->bundle));
        });
        figures = bundle.figures;
        return promise.get_future().get();
    }
    std::shared_ptr<policy::BundleFigures> figures;
};

TEST_F(AskPolicy, a_decision_is_counted) {
    const auto said = asked("return function() return { checkout = true, ranking = 'b' } end");
    ASSERT_TRUE(said);
    EXPECT_EQ(said->choices, (std::vector<policy::ExperimentChoice>{{"checkout", true, ""}, {"ranking", true, "b"}}));
    EXPECT_EQ(figures->hook_calls, 1U);
    EXPECT_EQ(metric("aihub_policy_calls_total{hook=\"experiment\",result=\"decided\"}"), 1);
    EXPECT_EQ(metric("aihub_policy_seconds_count{hook=\"experiment\"}"), 1);
}

TEST_F(AskPolicy, a_failure_is_counted_and_told_with_its_place) {
    EXPECT_FALSE(asked("return function()\n  error('oh no')\nend"));
    EXPECT_EQ(figures->hook_failures, 1U);
    EXPECT_EQ(metric("aihub_policy_calls_total{hook=\"experiment\",result=\"failed\"}"), 1);
    EXPECT_THAT(
        lines_with("a policy failed"),
        ElementsAre(
            HasSubstr("hook=experiment place=experiment.lua:2 fault=error reason=oh no request_id=req_1 untold=0")
        )
    );
}

TEST_F(AskPolicy, a_stop_is_counted_as_such) {
    EXPECT_FALSE(asked("return function() while true do end end"));
    EXPECT_EQ(figures->hook_failures, 1U);
    EXPECT_EQ(figures->hook_stops, 1U);
    EXPECT_EQ(metric("aihub_policy_calls_total{hook=\"experiment\",result=\"failed\"}"), 0);
}

}  // namespace
}  // namespace aihub::gateway
