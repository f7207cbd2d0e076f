#include "identity/check_key.hpp"

#include "storage/session.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_log.hpp"
#include "support/posix.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace aihub::identity {
namespace {

class CheckKey : public ::testing::Test {
protected:
    CheckKey() {
        storage::DatabaseOptions options;
        options.url = "sqlite:" + directory.file("aihub.db");
        database = *storage::Database::open(options, clock, metrics);
        store.emplace(*KeyStore::create(*database, clock, Secret("pepper")));
        NewKey wanted{.name = "alice"};
        wanted.expires_at = clock.wall_now() + std::chrono::hours(1);
        known = store->create_key(wanted)->key.expose();
        keys = *KeyDirectory::create(*store, log, metrics, std::chrono::hours(1));
        unknown = make_key("aihub", "live").expose();
    }
    // The key's name, or the status.
    std::string checked(const std::string& key) {
        const auto principal = check_key(*keys, key, clock);
        return principal ? (*principal)->key_name : std::to_string(http_status(principal.error().code));
    }
    void break_database() {
        auto session = *database->session();
        ASSERT_TRUE(storage::run_sql(session, [](soci::session& sql) -> Result<void> {
            sql << "DROP TABLE identity_state";
            return {};
        }));
        ASSERT_FALSE(keys->refresh());
    }

    testing::TempDir directory;
    testing::FakeClock clock;
    testing::FakeLog log;
    telemetry::Metrics metrics;
    std::unique_ptr<storage::Database> database;
    std::optional<KeyStore> store;
    std::unique_ptr<KeyDirectory> keys;
    std::string known;
    std::string unknown;
};

TEST_F(CheckKey, tells_whose_key_it_is_until_it_expires) {
    EXPECT_EQ(checked(known), "alice");
    EXPECT_EQ(checked(unknown), "401");
    EXPECT_EQ(checked("nonsense"), "401");
    clock.advance(std::chrono::hours(1));
    EXPECT_EQ(checked(known), "401");
}

TEST_F(CheckKey, trouble_of_the_database_does_not_look_like_a_bad_key) {
    break_database();
    EXPECT_EQ(checked(known), "alice");
    EXPECT_EQ(checked(unknown), "503");
    EXPECT_EQ(checked("nonsense"), "401");
    EXPECT_EQ(checked(unknown + "x"), "401");
}

}  // namespace
}  // namespace aihub::identity
