#include "report_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::experiment {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReportText, SaysWhatThereIsToSay) {
    const auto experiment = three_arms();
    Tally tally(experiment);
    add_calls(tally, 1, 6000);
    const auto text = report_text(make_report(experiment, tally));
    EXPECT_THAT(text, HasSubstr("experiment models, running, ramp 50 %\n"));
    EXPECT_THAT(text, HasSubstr("control                       slow                          broken\n"));
    EXPECT_THAT(text, HasSubstr("cost, EUR           0.012500 [0.012500, 0.012500]"));
    EXPECT_THAT(text, HasSubstr("output tokens       -                             -                             -\n"));
    EXPECT_THAT(text, HasSubstr("\nslow against control, however often you look:\n  errors            "));
    EXPECT_THAT(text, HasSubstr("] times  p below 0.0001  differs\n"));
    EXPECT_THAT(text, HasSubstr("  cost              does not vary\n"));
    EXPECT_THAT(text, Not(HasSubstr("warning")));
}

TEST(ReportText, WarnsOfWhatCannotBeTrusted) {
    const auto experiment = three_arms();
    Tally tally(experiment);
    Observation observation;
    observation.amount = "much";
    observation.exposure.arm = "slow";
    for (std::uint32_t unit = 0; unit < 100; ++unit) {
        observation.exposure.tag = unit;
        tally.add(observation);
    }
    observation.exposure.arm = "gone";
    tally.add(observation);
    const auto text = report_text(make_report(experiment, tally));
    EXPECT_THAT(text, HasSubstr("warning: the arms do not have the shares of units"));
    EXPECT_THAT(text, HasSubstr("warning: 1 requests were in arms that the experiment has not"));
    EXPECT_THAT(text, HasSubstr("warning: 100 amounts could not be added up"));
}

}  // namespace
}  // namespace aihub::experiment
