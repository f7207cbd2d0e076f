#include "policy/line_coverage.hpp"

#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

constexpr const char* kTwoWays =
    "return function(ctx)\n"
    "  if ctx.stream then\n"
    "    return { allow = true }\n"
    "  end\n"
    "  return { allow = false, code = 'no', message = 'no' }\n"
    "end";

TEST(LineCoverage, NamesTheLinesThatWereNeverRun) {
    SeenLines first;
    SeenLines second;
    const auto run = [](SeenLines& lines, bool stream) {
        StateOptions options;
        options.watch = &lines;
        auto state = testing::policy_of({{"admit.lua", kTwoWays}}, options);
        CallFacts call;
        call.stream = stream;
        const auto answer = state->admit(call);
        EXPECT_TRUE(answer.decision) << answer.failure->text();
    };
    run(first, true);
    run(second, false);
    const auto bundle = Bundle::make("b", {{"admit.lua", kTwoWays}, {"admit_spec.lua", "-- not counted"}});
    const auto covered = first.coverage(*bundle);
    ASSERT_TRUE(covered);
    ASSERT_EQ(covered->size(), 1U);
    EXPECT_EQ((*covered)[0].never_run, (std::vector<int>{5}));
    EXPECT_NE(text_of(*covered).find("lines were run; never 5\n"), std::string::npos);
    first.add(second);
    EXPECT_TRUE(first.has("admit.lua", 5));
    EXPECT_TRUE(first.coverage(*bundle)->front().never_run.empty());
}

}  // namespace
}  // namespace aihub::policy
