#include "experiment/feedback_store.hpp"
#include "experiment_fixture.hpp"

namespace aihub::experiment {
namespace {

class FeedbackStoreTest : public ExperimentDatabase {
protected:
    void SetUp() override {
        ExperimentDatabase::SetUp();
        auto made = FeedbackStore::create(*database);
        ASSERT_TRUE(made) << made.error().message;
        store.emplace(*std::move(made));
    }
    std::string all() {
        return text(
            "SELECT group_concat(request_id || ' ' || key_id || ' ' || score || ' ' || comment, ';')"
            " FROM (SELECT * FROM feedback ORDER BY request_id, key_id)"
        );
    }

    std::optional<FeedbackStore> store;
};

TEST_F(FeedbackStoreTest, the_last_of_one_key_for_one_request_counts) {
    const std::vector<Feedback> first{{"r1", "k1", 1, "good", {}}, {"r1", "k2", 0.5, "", {}}, {"r2", "k1", -1, "", {}}};
    ASSERT_TRUE(store->write(first));
    EXPECT_EQ(all(), "r1 k1 1.0 good;r1 k2 0.5 ;r2 k1 -1.0 ");
    const std::vector<Feedback> second{{"r1", "k1", 0, "so so", {}}, {"r1", "k1", -0.25, "it's bad; \"really\"", {}}};
    ASSERT_TRUE(store->write(second));
    EXPECT_EQ(all(), "r1 k1 -0.25 it's bad; \"really\";r1 k2 0.5 ;r2 k1 -1.0 ");
}

TEST_F(FeedbackStoreTest, an_error_says_why) {
    ASSERT_TRUE(execute("DROP TABLE feedback"));
    EXPECT_FALSE(store->write(std::vector<Feedback>{{"r1", "k1", 1, "", {}}}));
}

}  // namespace
}  // namespace aihub::experiment
