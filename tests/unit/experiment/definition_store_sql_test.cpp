#include "experiment/definition_store.hpp"
#include "experiment_fixture.hpp"

#include <gmock/gmock.h>

namespace aihub::experiment {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class DefinitionStoreTest : public ExperimentDatabase {
protected:
    void SetUp() override {
        ExperimentDatabase::SetUp();
        auto made = DefinitionStore::create(*database);
        ASSERT_TRUE(made) << made.error().message;
        store.emplace(*std::move(made));
    }
    static model::Experiment cheaper() {
        model::Experiment made;
        made.name = "cheaper";
        made.salt = "2026 11";
        made.layer = "models";
        made.layer_from = 100;
        made.layer_to = 9000;
        made.unit = {model::UnitKind::session, model::UnitKind::key};
        made.arms = {{"control", 5001, {}}, {"small", 4999, "acme/small model"}};
        made.models = {"chat", "two words"};
        made.ramp = 1000;
        made.source = "hub.yaml:12";
        return made;
    }
    Result<void> adopt(const std::vector<model::Experiment>& experiments) {
        return store->adopt(experiments, clock.wall_now());
    }

    std::optional<DefinitionStore> store;
};

TEST_F(DefinitionStoreTest, a_definition_is_read_back_whole) {
    ASSERT_TRUE(adopt({cheaper()}));
    const auto known = store->find("cheaper");
    ASSERT_TRUE(known) << known.error().message;
    const auto& read = known->experiment;
    const auto wanted = cheaper();
    EXPECT_EQ(read.salt, wanted.salt);
    EXPECT_EQ(read.layer, wanted.layer);
    EXPECT_EQ(read.layer_from, wanted.layer_from);
    EXPECT_EQ(read.layer_to, wanted.layer_to);
    EXPECT_EQ(read.unit, wanted.unit);
    EXPECT_EQ(read.arms, wanted.arms);
    EXPECT_EQ(read.models, wanted.models);
    EXPECT_EQ(read.ramp, wanted.ramp);
    EXPECT_FALSE(read.stopped);
    EXPECT_EQ(known->began_at, clock.wall_now());
}

TEST_F(DefinitionStoreTest, the_ramp_and_the_stop_are_kept) {
    const auto began = clock.wall_now();
    auto wanted = cheaper();
    ASSERT_TRUE(adopt({wanted}));
    clock.advance(std::chrono::hours(1));
    ASSERT_TRUE(adopt({wanted}));
    EXPECT_EQ(store->find("cheaper")->changed_at, began);
    wanted.ramp = 2000;
    wanted.stopped = true;
    ASSERT_TRUE(adopt({wanted}));
    const auto known = *store->find("cheaper");
    EXPECT_EQ(known.experiment.ramp, 2000U);
    EXPECT_TRUE(known.experiment.stopped);
    EXPECT_EQ(known.began_at, began);
    EXPECT_EQ(known.changed_at, clock.wall_now());
}

TEST_F(DefinitionStoreTest, a_change_is_refused_with_its_place_and_nothing_is_written) {
    ASSERT_TRUE(adopt({cheaper()}));
    auto changed = cheaper();
    changed.salt = "other";
    auto fresh = cheaper();
    fresh.name = "fresh";
    const auto refused = adopt({fresh, changed});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_request);
    EXPECT_THAT(
        refused.error().message, StartsWith("hub.yaml:12: experiments.cheaper: salt may not change after it has begun")
    );
    const auto known = store->list();
    ASSERT_TRUE(known) << known.error().message;
    EXPECT_EQ(known->size(), 1U);
}

// Neither a restart nor a time in which the file did not name it lets it change.
TEST_F(DefinitionStoreTest, a_definition_outlives_the_process_and_its_place_in_the_file) {
    ASSERT_TRUE(adopt({cheaper()}));
    ASSERT_TRUE(adopt({}));
    auto again = DefinitionStore::create(*database);
    ASSERT_TRUE(again) << again.error().message;
    auto changed = cheaper();
    changed.arms[0].name = "same";
    EXPECT_FALSE(again->adopt(std::vector{changed}, clock.wall_now()));
    EXPECT_TRUE(again->adopt(std::vector{cheaper()}, clock.wall_now()));
}

TEST_F(DefinitionStoreTest, all_are_listed_by_name_and_others_are_not_found) {
    auto first = cheaper();
    first.name = "a";
    ASSERT_TRUE(adopt({cheaper(), first}));
    std::vector<std::string> names;
    const auto known = store->list();
    ASSERT_TRUE(known) << known.error().message;
    for (const auto& each : *known) {
        names.push_back(each.experiment.name);
    }
    EXPECT_THAT(names, ElementsAre("a", "cheaper"));
    EXPECT_EQ(store->find("").error().code, Errc::not_found);
    EXPECT_THAT(store->find("b").error().message, HasSubstr("there is no experiment \"b\""));
}

TEST_F(DefinitionStoreTest, a_damaged_definition_is_an_error) {
    ASSERT_TRUE(adopt({cheaper()}));
    for (const char* damage : {"arms = 'control'", "arms = 'control x small'", "units = 'person'"}) {
        ASSERT_TRUE(execute(std::string("UPDATE experiment_definitions SET ") + damage));
        EXPECT_EQ(store->find("cheaper").error().reason, "database_damaged") << damage;
    }
}

}  // namespace
}  // namespace aihub::experiment
