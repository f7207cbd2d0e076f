#include "loader/call_meter.hpp"

#include "support/fake_clock.hpp"
#include "support/fake_log.hpp"

#include <gmock/gmock.h>

namespace aihub::loader {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CallMeterTest : public ::testing::Test {
protected:
    // A call that takes so long.
    void call(Function function, std::chrono::milliseconds length) {
        const auto began = meter.now();
        clock.advance(length);
        meter.finished(function, began);
    }

    aihub::testing::FakeClock clock;
    aihub::testing::FakeLog log;
    telemetry::Metrics metrics;
    CallMeter meter{{"acme.echo", std::chrono::milliseconds(10)}, log, metrics, clock};
};

TEST_F(CallMeterTest, series_come_with_the_first_call) {
    EXPECT_THAT(metrics.render(), Not(HasSubstr("acme.echo")));
    EXPECT_EQ(meter.calls(Function::build), 0U);
    EXPECT_EQ(meter.over_budget(Function::build), 0U);
    call(Function::build, std::chrono::milliseconds(1));
    call(Function::build, std::chrono::milliseconds(1));
    EXPECT_EQ(meter.calls(Function::build), 2U);
    const auto text = metrics.render();
    EXPECT_THAT(text, HasSubstr("aihub_plugin_calls_total{function=\"build\",plugin=\"acme.echo\"} 2"));
    EXPECT_THAT(text, Not(HasSubstr("on_frame")));
}

TEST_F(CallMeterTest, what_takes_longer_than_the_budget_of_a_loop_is_counted_and_said_once) {
    call(Function::on_frame, std::chrono::milliseconds(11));
    call(Function::on_frame, std::chrono::milliseconds(11));
    call(Function::create, std::chrono::milliseconds(11));
    EXPECT_EQ(meter.over_budget(Function::on_frame), 2U);
    EXPECT_EQ(meter.over_budget(Function::create), 0U);
    ASSERT_EQ(log.lines().size(), 1U);
    EXPECT_THAT(log.lines()[0], HasSubstr("plugin call over budget"));
}

TEST_F(CallMeterTest, a_fault_is_counted_and_remembered) {
    EXPECT_EQ(meter.last_fault(), "");
    meter.fault(Function::on_end, "answered status 42");
    EXPECT_EQ(meter.faults(), 1U);
    EXPECT_EQ(meter.last_fault(), "on_end: answered status 42");
}

}  // namespace
}  // namespace aihub::loader
