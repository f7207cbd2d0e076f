#include "experiment/exposed_rows.hpp"
#include "experiment_fixture.hpp"
#include "storage/micros.hpp"

#include <gmock/gmock.h>

namespace aihub::experiment {
namespace {

using ::testing::ElementsAre;

// The columns that are read; the whole table is usage::Store's, which this module does not know.
class ExposedRowsTest : public ExperimentDatabase {
protected:
    void SetUp() override {
        ExperimentDatabase::SetUp();
        ASSERT_TRUE(
            execute("CREATE TABLE usage_rows (id INTEGER PRIMARY KEY, request_id TEXT, key_id TEXT,"
                    " experiments TEXT, status INTEGER, outcome TEXT, duration_us INTEGER,"
                    " input_tokens INTEGER, output_tokens INTEGER, amount TEXT, currency TEXT)")
        );
        ASSERT_TRUE(FeedbackStore::create(*database));
    }
    // `values`: experiments, status, outcome, duration, tokens, amount and currency.
    void add(int number, const std::string& values) {
        const auto id = std::to_string(storage::to_micros(clock.wall_now()) * 2048 + number);
        const auto done = execute(
            "INSERT INTO usage_rows VALUES (" + id + ", 'r" + std::to_string(number) + "', 'k', " + values + ")"
        );
        ASSERT_TRUE(done) << done.error().message;
    }
    std::vector<std::string> read(const std::string& experiment, WallTime since) {
        std::vector<std::string> lines;
        const auto done = read_exposed_rows(*database, experiment, since, [&](const Observation& each) {
            const auto number = [](const auto& maybe) { return maybe ? std::to_string(*maybe) : std::string("-"); };
            lines.push_back(
                std::string(each.exposure.arm) + " " + std::to_string(each.exposure.tag) +
                (each.failed ? " failed " : " good ") +
                (each.duration ? std::to_string(each.duration->count()) : std::string("-")) + " " +
                number(each.input_tokens) + " " + number(each.output_tokens) + " " + std::string(each.amount) + " " +
                std::string(each.currency) + " " + (each.score ? std::to_string(*each.score) : std::string("-"))
            );
        });
        EXPECT_TRUE(done) << done.error().message;
        return lines;
    }
};

TEST_F(ExposedRowsTest, rows_become_observations) {
    const auto since = clock.wall_now();
    add(1, "'e=a/key:7', 200, 'completed', 1500, 10, 20, '0.5', 'EUR'");
    add(2, "'e=b/key:8', 200, 'completed', 1500, NULL, NULL, '', ''");
    add(3, "'e=b/key:8', 502, 'upstream_error', 900, NULL, NULL, '', ''");
    add(4, "'e=b/key:8', 200, 'timeout', 900, 1, 2, '', ''");
    add(5, "'e=b/key:8', 499, 'client_closed', 900, NULL, NULL, '', ''");
    add(6, "'e=b/key:8', 429, 'refused', 900, NULL, NULL, '', ''");
    EXPECT_THAT(
        read("e", since),
        ElementsAre(
            "a 7 good 1500 10 20 0.5 EUR -",
            "b 8 good 1500 - -   -",
            "b 8 failed - - -   -",
            "b 8 failed - 1 2   -",
            "b 8 good - - -   -",
            "b 8 good - - -   -"
        )
    );
}

TEST_F(ExposedRowsTest, only_rows_of_the_experiment_and_of_the_time) {
    add(1, "'e=a/key:1', 200, 'completed', 1, NULL, NULL, '', ''");
    clock.advance(std::chrono::microseconds(1));
    const auto since = clock.wall_now();
    add(2, "'e=a/key:2,ee=b/key:3', 200, 'completed', 1, NULL, NULL, '', ''");
    add(3, "'ee=b/key:4', 200, 'completed', 1, NULL, NULL, '', ''");
    add(4, "'e=?', 200, 'completed', 1, NULL, NULL, '', ''");
    add(5, "'', 200, 'completed', 1, NULL, NULL, '', ''");
    EXPECT_THAT(read("e", since), ElementsAre("a 2 good 1 - -   -"));
    EXPECT_EQ(read("ee", since).size(), 2U);
    EXPECT_TRUE(read("x", since).empty());
}

TEST_F(ExposedRowsTest, feedback_counts_when_it_came_with_the_key_of_the_call) {
    const auto since = clock.wall_now();
    add(1, "'e=a/key:1', 200, 'completed', 1, NULL, NULL, '', ''");
    add(2, "'e=a/key:2', 200, 'completed', 1, NULL, NULL, '', ''");
    auto store = *FeedbackStore::create(*database);
    ASSERT_TRUE(store.write(std::vector<Feedback>{{"r1", "k", -0.5, "", {}}, {"r2", "other", 1, "", {}}}));
    EXPECT_THAT(read("e", since), ElementsAre("a 1 good 1 - -   -0.500000", "a 2 good 1 - -   -"));
}

}  // namespace
}  // namespace aihub::experiment
