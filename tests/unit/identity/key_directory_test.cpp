#include "identity/key_directory.hpp"

#include "storage/session.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_log.hpp"
#include "support/posix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace aihub::identity {
namespace {

using aihub::testing::eventually;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The control thread hardly ever looks by itself; the tests say refresh().
constexpr milliseconds kNever{3600000};

class KeyDirectoryTest : public ::testing::Test {
protected:
    void SetUp() override {
        storage::DatabaseOptions options;
        options.url = "sqlite:" + directory.file("aihub.db");
        auto opened = storage::Database::open(options, clock, metrics);
        ASSERT_TRUE(opened) << opened.error().message;
        database = *std::move(opened);
        keys.emplace(*KeyStore::create(*database, clock, Secret("pepper")));
    }
    [[nodiscard]] std::unique_ptr<KeyDirectory> open(milliseconds interval = kNever) {
        auto made = KeyDirectory::create(*keys, log, metrics, interval);
        EXPECT_TRUE(made) << made.error().message;
        return *std::move(made);
    }
    void execute(const std::string& statement) {
        auto session = database->session();
        ASSERT_TRUE(session);
        const auto done = storage::run_sql(*session, [&](soci::session& sql) -> Result<void> {
            sql << statement;
            return {};
        });
        ASSERT_TRUE(done) << done.error().message;
    }

    aihub::testing::TempDir directory;
    aihub::testing::FakeClock clock;
    aihub::testing::FakeLog log;
    telemetry::Metrics metrics;
    std::unique_ptr<storage::Database> database;
    std::optional<KeyStore> keys;
};

TEST_F(KeyDirectoryTest, sees_changes_at_the_next_look) {
    const auto known = open();
    const auto one = *keys->create_key({"one"});
    EXPECT_EQ(known->find(one.key.expose()), nullptr);
    ASSERT_TRUE(known->refresh());
    ASSERT_NE(known->find(one.key.expose()), nullptr);
    EXPECT_EQ(metrics.gauge("aihub_keys_active", "").value(), 1);
    ASSERT_TRUE(keys->revoke("one"));
    ASSERT_TRUE(known->refresh());
    EXPECT_EQ(known->find(one.key.expose()), nullptr);
    EXPECT_EQ(metrics.counter("aihub_key_reloads_total", "").value(), 2U);
    ASSERT_TRUE(known->refresh());
    EXPECT_EQ(metrics.counter("aihub_key_reloads_total", "").value(), 2U);
}

TEST_F(KeyDirectoryTest, looks_by_itself_after_the_interval) {
    const auto known = open(milliseconds(5));
    const auto one = *keys->create_key({"one"});
    EXPECT_TRUE(eventually([&] { return known->find(one.key.expose()) != nullptr; }));
    ASSERT_TRUE(keys->revoke("one"));
    EXPECT_TRUE(eventually([&] { return known->find(one.key.expose()) == nullptr; }));
}

TEST_F(KeyDirectoryTest, known_keys_work_while_the_database_does_not) {
    const auto one = *keys->create_key({"one"});
    const auto known = open();
    execute("ALTER TABLE identity_state RENAME TO away");
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(known->refresh());
        EXPECT_NE(known->find(one.key.expose()), nullptr);
    }
    EXPECT_THAT(known->problem(), StartsWith("api keys may be out of date: "));
    execute("ALTER TABLE away RENAME TO identity_state");
    EXPECT_TRUE(known->refresh());
    EXPECT_EQ(known->problem(), "");
    EXPECT_THAT(
        log.lines(),
        ElementsAre(
            HasSubstr("error: api keys cannot be read, those known go on working error="),
            "info: api keys can be read again"
        )
    );
    EXPECT_EQ(metrics.counter("aihub_key_reload_failures_total", "").value(), 3U);
}

TEST_F(KeyDirectoryTest, a_start_without_a_readable_database_fails) {
    execute("DROP TABLE identity_state");
    EXPECT_FALSE(KeyDirectory::create(*keys, log, metrics, kNever));
}

TEST_F(KeyDirectoryTest, readers_go_on_while_snapshots_are_swapped) {
    const auto stays = *keys->create_key({"stays"});
    const auto known = open();
    std::atomic<int> misses{0};
    {
        std::vector<std::jthread> readers;
        for (int i = 0; i < 3; ++i) {
            readers.emplace_back([&](const std::stop_token& stop) {
                while (!stop.stop_requested()) {
                    const auto owner = known->find(stays.key.expose());
                    misses += owner == nullptr || owner->key_name != "stays" ? 1 : 0;
                }
            });
        }
        for (int i = 0; i < 20; ++i) {
            ASSERT_TRUE(keys->create_key({"more"}));
            ASSERT_TRUE(known->refresh());
        }
    }
    EXPECT_EQ(misses.load(), 0);
    EXPECT_EQ(known->snapshot().size(), 21U);
}

}  // namespace
}  // namespace aihub::identity
