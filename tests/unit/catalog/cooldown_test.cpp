#include "catalog/cooldown.hpp"

#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace aihub::catalog {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

class CooldownTest : public ::testing::Test {
protected:
    void begin(std::string_view model, seconds time) {
        cooldown.begin(model, clock.steady_now() + time, clock.steady_now());
    }
    nanoseconds left(std::string_view model) { return cooldown.left(model, clock); }

    testing::FakeClock clock;
    Cooldown cooldown;
};

TEST_F(CooldownTest, keeps_calls_from_one_model_only) {
    EXPECT_EQ(left("large"), seconds(0));
    begin("large", seconds(10));
    EXPECT_EQ(left("large"), seconds(10));
    EXPECT_EQ(left("small"), seconds(0));
    clock.advance(seconds(4));
    begin("small", seconds(2));
    EXPECT_EQ(left("large"), seconds(6));
    EXPECT_EQ(left("small"), seconds(2));
    clock.advance(seconds(2));
    EXPECT_EQ(left("small"), seconds(0));
    EXPECT_EQ(left("large"), seconds(4));
    clock.advance(seconds(4));
    EXPECT_EQ(left("large"), seconds(0));
    begin("large", seconds(1));
    EXPECT_EQ(left("large"), seconds(1));
}

TEST_F(CooldownTest, the_latest_time_counts) {
    begin("large", seconds(10));
    begin("large", seconds(3));
    EXPECT_EQ(left("large"), seconds(10));
    begin("large", seconds(12));
    EXPECT_EQ(left("large"), seconds(12));
}

TEST_F(CooldownTest, over_its_size_all_models_cool_down) {
    const auto name = [](std::size_t number) { return "model-" + std::to_string(number); };
    for (std::size_t i = 0; i < Cooldown::kModelsMax; ++i) {
        begin(name(i), seconds(i == 0 ? 1 : 10));
    }
    EXPECT_EQ(left("other"), seconds(0));
    begin("one more", seconds(5));
    EXPECT_EQ(left("one more"), seconds(5));
    EXPECT_EQ(left("other"), seconds(5));
    EXPECT_EQ(left(name(1)), seconds(10));
    clock.advance(seconds(6));  // There is room again: the first has ended.
    EXPECT_EQ(left("other"), seconds(0));
    begin("the next", seconds(2));
    EXPECT_EQ(left("the next"), seconds(2));
    EXPECT_EQ(left("other"), seconds(0));
}

}  // namespace
}  // namespace aihub::catalog
