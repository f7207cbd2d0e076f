// What the gateway records of its policies is enough to decide everything again.
#include "policy/record_search.hpp"
#include "policy/replay.hpp"
#include "policy/replay_report.hpp"
#include "support/decision_fixture.hpp"
#include "support/policy_worker.hpp"

#include <fstream>
#include <iterator>

namespace aihub::gateway {
namespace {

using policy::Hook;
using policy::ReplayMode;

// With all that may differ from call to call: chance, time, values, providers, the failure.
std::vector<policy::SourceFile> many_hooks() {
    return {
        {"admit.lua",
         "return function(ctx)\n"
         "  if ctx.message_count > 90 then return { allow = false, code = 'no', message = 'no' } end\n"
         "  return { allow = true, limit_class = aihub.kv.get('class') .. ctx.attempt }\nend"},
        {"route.lua",
         "return function(ctx)\n"
         "  local all = ctx.candidates\n"
         "  if aihub.rand() < 0.5 then error('by chance ' .. ctx.request_id) end\n"
         "  if not aihub.provider(all[1].provider).healthy then all = { all[2] } end\n"
         "  return { candidates = all }\nend"},
        {"fallback.lua",
         "return function(ctx, failed)\n"
         "  if failed.attempts > 3 then return { stop = true } end\n"
         "  return { provider = 'beta', model = 'large' }\nend"},
        {"label.lua",
         "return function(ctx, outcome) return { status = tostring(outcome.status), at = tostring(aihub.now()) } end"}};
}

class RecordedDecisions : public testing::PolicyWorker {
protected:
    RecordedDecisions() {
        policy::DecisionLogOptions options;
        options.directory = folder.path();
        decisions = std::make_unique<policy::DecisionLog>(options, clock, log, metrics);
    }
    // Makes some calls and ends everything.
    void make_calls(const policy::PolicySet& set, int count) {
        begin(set);
        for (int i = 0; i < count; ++i) {
            (void)safe();
        }
        stop();
        decisions->stop();
    }
    [[nodiscard]] policy::ReplayReport verified(const std::shared_ptr<const policy::Bundle>& bundle) const {
        policy::ReplayOptions options;
        options.state = state_options(config.policies);
        auto report = policy::replay(folder.path(), bundle, ReplayMode::verify, options);
        EXPECT_TRUE(report) << report.error().message;
        return report ? *std::move(report) : policy::ReplayReport();
    }

    testing::DecisionFolder folder;
};

TEST_F(RecordedDecisions, come_out_again_byte_for_byte) {
    first_status = 503;
    policy::PolicySet set;
    set.active = testing::running(many_hooks());
    set.values = {{"class", "gold"}};
    make_calls(set, 12);
    const auto report = verified(set.active.bundle);
    EXPECT_EQ(report.changed(), 0U) << text_report(report);
    EXPECT_EQ(report.compared(), report.records);
    for (const auto hook : {Hook::admit, Hook::route, Hook::label}) {
        EXPECT_EQ(report.hooks[static_cast<std::size_t>(hook)].compared, 12U) << policy::hook_name(hook);
    }
    EXPECT_GT(report.hooks[static_cast<std::size_t>(Hook::fallback)].compared, 0U);
    const auto& route = report.hooks[static_cast<std::size_t>(Hook::route)];
    EXPECT_GT(route.errors, 0U);
    EXPECT_LT(route.errors, 12U);
    EXPECT_EQ(report.not_comparable, 0U);
}

TEST_F(RecordedDecisions, one_that_was_altered_is_found) {
    policy::PolicySet set;
    set.active = testing::running(many_hooks());
    set.values = {{"class", "gold"}};
    make_calls(set, 3);
    const auto path = policy::list_decision_files(folder.path())->front().path;
    std::ifstream in(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto at = bytes.find("gold1");
    ASSERT_NE(at, std::string::npos);
    bytes[at] = 'b';
    auto frames = bytes.substr(policy::kDecisionFileHead.size());
    policy::seal_frames(frames);
    std::ofstream(path, std::ios::binary) << policy::kDecisionFileHead << frames;
    const auto report = verified(set.active.bundle);
    EXPECT_EQ(report.changed(), 1U);
    ASSERT_EQ(report.changes.size(), 1U);
    EXPECT_EQ(report.changes[0].before, "allowed, class bold1");
    EXPECT_EQ(report.changes[0].after, "allowed, class gold1");
}

TEST_F(RecordedDecisions, say_whether_they_were_followed) {
    policy::PolicySet set;
    set.active = testing::running(many_hooks());
    set.values = {{"class", "gold"}};
    set.candidate = testing::running(
        {{"label.lua", "return function() return {} end"},
         {"admit.lua", "return function() return { allow = true } end"}},
        "c"
    );
    set.stage = policy::Stage::shadow;
    make_calls(set, 2);
    EXPECT_EQ(verified(set.active.bundle).changed(), 0U);
    const auto shadow = verified(set.candidate.bundle);
    EXPECT_GT(shadow.compared(), 0U);
    EXPECT_EQ(shadow.changed(), 0U);
    policy::ReplayOptions options;
    options.state = state_options(config.policies);
    const auto candidate = policy::replay(folder.path(), set.candidate.bundle, ReplayMode::candidate, options);
    ASSERT_TRUE(candidate);
    EXPECT_EQ(candidate->not_chosen, shadow.compared()) << "what was in shadow decided nothing";
}

}  // namespace
}  // namespace aihub::gateway
