#include "gateway/ask_policy.hpp"

#include "policy/decision_log.hpp"
#include "support/policy_worker.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace aihub::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kToNobody =
    "return function(ctx) return { candidates = { { provider = 'nobody', model = 'm' } } } end";

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
            promise.set_value(ask_experiment(*worker, call, *call.policies->bundle, nullptr));
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

// The script's own word, with the bundle's hash and the call.
TEST_F(AskPolicy, decisions_are_recorded_where_the_configuration_wants_it) {
    const auto recorded = [&](const std::string& name, bool record) {
        config.policies.decisions.record = record;
        policy::DecisionLogOptions options;
        options.directory = directory.file(name);
        decisions = std::make_unique<policy::DecisionLog>(options, clock, log, metrics);
        const auto bundle = serve({{"route.lua", kToNobody}, {"label.lua", "return function() return {} end"}});
        static_cast<void>(safe_with("X-Request-Id: mine-" + name + "\r\n"));
        static_cast<void>(rows(1));
        stop();
        decisions->stop();
        std::string text;
        if (std::filesystem::exists(options.directory)) {
            for (const auto& entry : std::filesystem::directory_iterator(options.directory)) {
                std::ostringstream content;
                content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
                text += content.str();
            }
        }
        return text;
    };
    const auto kept = recorded("kept", true);
    EXPECT_THAT(kept, HasSubstr("mine-kept"));
    EXPECT_THAT(kept, HasSubstr("nobody"));
    EXPECT_EQ(recorded("not", false), "");
}

}  // namespace
}  // namespace aihub::gateway
