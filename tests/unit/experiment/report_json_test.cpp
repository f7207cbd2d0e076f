#include "report_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::experiment {
namespace {

TEST(ReportJson, IsOneObject) {
    model::Experiment experiment;
    experiment.name = "a\"b";
    experiment.arms = {{"control", 5000, {}}, {"b", 5000, {}}};
    Tally tally(experiment);
    Observation observation;
    observation.exposure.arm = "b";
    observation.failed = true;
    observation.score = 0.5;
    observation.amount = "0.10";
    observation.currency = "EUR";
    tally.add(observation);
    const auto json = report_json(make_report(experiment, tally));
    const std::string nothing =
        R"({"value":0,"interval":[0,0]},"p95_ms":{"value":0,"interval":[0,0]},"p99_ms":{"value":0,"interval":[0,0]})"
        R"(,"input_tokens":null,"output_tokens":null,"input_tokens_sum":0,"output_tokens_sum":0,)";
    EXPECT_THAT(
        json,
        ::testing::StartsWith(
            R"({"experiment":"a\"b","stopped":false,"ramp_percent":100,"currency":"EUR","arms":[{"name":"control",)"
            R"("units":0,"requests":0,"failed":0,"errors":null,"median_ms":)" +
            nothing +
            R"("cost":null,"cost_sums":{},"feedback":null,"chosen":0,"assignment_errors":0},{"name":"b",)"
            R"("units":1,"requests":1,"failed":1,"errors":{"value":1,"interval":null,)"
        )
    );
    EXPECT_THAT(
        json,
        ::testing::HasSubstr(
            nothing + R"("cost":{"value":0.1,"interval":null,"requests":1},)"
                      R"("cost_sums":{"EUR":"0.1"},"feedback":{"value":0.5,)"
        )
    );
    EXPECT_THAT(
        json,
        ::testing::HasSubstr(
            R"("comparisons":[{"arm":"b","measure":"errors","difference":null},{"arm":"b","measure":"cost",)"
            R"("difference":null},{"arm":"b","measure":"feedback","difference":null}],"units_p":0.3173105078)"
        )
    );
    EXPECT_THAT(json, ::testing::EndsWith("\"units_bad\":false,\"unknown_arms\":0,\"bad_amounts\":0}\n"));
}

TEST(ReportJson, HasWhatTheComparisonsFound) {
    const auto experiment = three_arms();
    Tally tally(experiment);
    add_calls(tally, 1, 6000);
    const auto json = report_json(make_report(experiment, tally));
    EXPECT_THAT(json, ::testing::HasSubstr(R"("arm":"slow","measure":"duration","difference":0.7)"));
    EXPECT_THAT(json, ::testing::HasSubstr(R"("differs":true})"));
}

}  // namespace
}  // namespace aihub::experiment
