#include "experiment/feedback_writer.hpp"

#include "experiment_fixture.hpp"
#include "support/fake_log.hpp"

#include <gmock/gmock.h>

namespace aihub::experiment {
namespace {

using aihub::testing::eventually;
using std::chrono::milliseconds;

constexpr milliseconds kLong{60000};

class FeedbackWriterTest : public ExperimentDatabase {
protected:
    void SetUp() override {
        ExperimentDatabase::SetUp();
        auto made = FeedbackStore::create(*database);
        ASSERT_TRUE(made) << made.error().message;
        store.emplace(*std::move(made));
    }
    std::uint64_t counted(const char* name) { return metrics.counter(name, "").value(); }
    static FeedbackWriterOptions quick() { return {10000, milliseconds(1), milliseconds(1)}; }
    static Feedback feedback(int number) { return {"r" + std::to_string(number), "k", 1, "", {}}; }

    SystemClock real;
    aihub::testing::FakeLog log;
    std::optional<FeedbackStore> store;
};

TEST_F(FeedbackWriterTest, what_was_taken_is_stored) {
    FeedbackWriter writer(*store, real, log, metrics, quick());
    ASSERT_TRUE(writer.add(feedback(1)));
    EXPECT_TRUE(eventually([&] { return counted("aihub_feedback_written_total") == 1; }));
    EXPECT_EQ(text("SELECT count(*) FROM feedback"), "1");
}

TEST_F(FeedbackWriterTest, a_stop_stores_what_is_queued_and_takes_no_more) {
    FeedbackWriter writer(*store, real, log, metrics, {10000, kLong, kLong});
    for (int i = 0; i < 500; ++i) {
        ASSERT_TRUE(writer.add(feedback(i)));
    }
    writer.stop(kLong);
    EXPECT_EQ(text("SELECT count(*) FROM feedback"), "500");
    EXPECT_FALSE(writer.add(feedback(1000)));
}

TEST_F(FeedbackWriterTest, a_full_queue_refuses) {
    ASSERT_TRUE(execute("DROP TABLE feedback"));
    FeedbackWriter writer(*store, real, log, metrics, {3, kLong, kLong});
    int taken = 0;
    for (int i = 0; i < 20; ++i) {
        taken += writer.add(feedback(i)) ? 1 : 0;
    }
    // At most one batch is in the writer's hands.
    EXPECT_GE(taken, 3);
    EXPECT_LE(taken, 6);
    EXPECT_EQ(counted("aihub_feedback_refused_total"), static_cast<std::uint64_t>(20 - taken));
    writer.stop(milliseconds(0));
    EXPECT_EQ(counted("aihub_feedback_lost_total"), static_cast<std::uint64_t>(taken));
}

TEST_F(FeedbackWriterTest, what_could_not_be_stored_is_tried_again) {
    ASSERT_TRUE(execute("ALTER TABLE feedback RENAME TO elsewhere"));
    FeedbackWriter writer(*store, real, log, metrics, quick());
    ASSERT_TRUE(writer.add(feedback(1)));
    EXPECT_TRUE(eventually([&] { return !log.lines().empty(); }));
    EXPECT_THAT(log.lines().front(), ::testing::StartsWith("error: feedback cannot be stored, it is kept"));
    ASSERT_TRUE(eventually([&] { return execute("ALTER TABLE elsewhere RENAME TO feedback").has_value(); }));
    EXPECT_TRUE(eventually([&] { return counted("aihub_feedback_written_total") == 1; }));
    EXPECT_EQ(text("SELECT count(*) FROM feedback"), "1");
}

}  // namespace
}  // namespace aihub::experiment
