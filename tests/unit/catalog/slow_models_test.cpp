#include "catalog/slow_models.hpp"

#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace aihub::catalog {
namespace {

class SlowModelsTest : public ::testing::Test {
protected:
    bool late(std::string_view model, std::size_t max = 3) { return models.late(model, max, clock.steady_now()); }

    testing::FakeClock clock;
    SlowModels models;
};

TEST_F(SlowModelsTest, so_many_one_after_another_of_one_model_count) {
    EXPECT_FALSE(late("large"));
    EXPECT_FALSE(late("large"));
    EXPECT_FALSE(late("small"));
    EXPECT_TRUE(late("large"));
    EXPECT_TRUE(late("large"));  // until one is in time
    EXPECT_FALSE(late("small"));
    models.in_time("large");
    EXPECT_FALSE(late("large"));
    EXPECT_TRUE(late("small"));
}

TEST_F(SlowModelsTest, one_in_time_begins_anew) {
    EXPECT_FALSE(late("large"));
    EXPECT_FALSE(late("large"));
    models.in_time("small");
    models.in_time("large");
    EXPECT_FALSE(late("large"));
    EXPECT_FALSE(late("large"));
    EXPECT_TRUE(late("large"));
}

TEST_F(SlowModelsTest, none_is_never) {
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(late("large", 0));
    }
    EXPECT_TRUE(late("large", 1));  // those were not counted, but the first is enough
}

TEST_F(SlowModelsTest, over_its_size_the_oldest_is_forgotten) {
    const auto name = [](std::size_t number) { return "model-" + std::to_string(number); };
    for (std::size_t i = 0; i < SlowModels::kModelsMax; ++i) {
        EXPECT_FALSE(late(name(i), 2));
        clock.advance(std::chrono::milliseconds(1));
    }
    EXPECT_FALSE(late("one more", 2));
    EXPECT_FALSE(late(name(0), 2));  // forgotten, and in the place of the next
    EXPECT_FALSE(late(name(1), 2));
    EXPECT_TRUE(late(name(3), 2));
    EXPECT_TRUE(late("one more", 2));
}

}  // namespace
}  // namespace aihub::catalog
