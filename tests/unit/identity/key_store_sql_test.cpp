#include "identity/key_store.hpp"
#include "identity/permissions.hpp"
#include "storage/session.hpp"
#include "support/fake_clock.hpp"
#include "support/posix.hpp"
#include "support/processes.hpp"
#include "telemetry/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace aihub::identity {
namespace {

using std::chrono::hours;
using ::testing::HasSubstr;
using ::testing::Not;

class KeyStoreTest : public ::testing::Test {
protected:
    [[nodiscard]] storage::DatabaseOptions options() const {
        storage::DatabaseOptions wanted;
        wanted.url = "sqlite:" + directory.file("aihub.db");
        wanted.busy_wait = std::chrono::milliseconds(30000);
        return wanted;
    }
    void SetUp() override {
        auto opened = storage::Database::open(options(), clock, metrics);
        ASSERT_TRUE(opened) << opened.error().message;
        database = *std::move(opened);
    }
    [[nodiscard]] KeyStore store(const std::string& pepper = "pepper") {
        auto made = KeyStore::create(*database, clock, Secret(pepper));
        EXPECT_TRUE(made) << made.error().message;
        return *std::move(made);
    }
    static CreatedKey made(KeyStore& keys, const NewKey& wanted) {
        auto created = keys.create_key(wanted);
        EXPECT_TRUE(created) << created.error().message;
        return *std::move(created);
    }

    aihub::testing::TempDir directory;
    aihub::testing::FakeClock clock;
    telemetry::Metrics metrics;
    std::unique_ptr<storage::Database> database;
};

TEST_F(KeyStoreTest, a_key_that_was_made_is_listed_and_works) {
    auto keys = store();
    NewKey wanted{"web shop", {"fast", "with \"quotes\" and \\"}, clock.wall_now() + hours(24)};
    const auto created = made(keys, wanted);
    EXPECT_TRUE(well_formed(created.key.expose()));

    const auto listed = keys.list();
    ASSERT_TRUE(listed);
    ASSERT_EQ(listed->size(), 1U);
    const auto& record = listed->front();
    EXPECT_TRUE(record.id.text().starts_with("ak_"));
    EXPECT_EQ(record.id, created.record.id);
    EXPECT_EQ(record.name, "web shop");
    EXPECT_EQ(record.prefix, created.key.expose().substr(0, 12));
    EXPECT_EQ(record.last4, created.key.expose().substr(created.key.expose().size() - 4));
    EXPECT_EQ(record.models, wanted.models);
    EXPECT_EQ(record.status, KeyStatus::active);
    EXPECT_EQ(record.created_at, clock.wall_now());
    EXPECT_EQ(record.expires_at, wanted.expires_at);
    EXPECT_FALSE(record.revoked_at);

    const auto snapshot = keys.load_all();
    ASSERT_TRUE(snapshot);
    const auto owner = (*snapshot)->find(created.key.expose());
    ASSERT_NE(owner, nullptr);
    EXPECT_EQ(owner->key_id, record.id);
    EXPECT_EQ(owner->key_name, "web shop");
    EXPECT_EQ(owner->models, wanted.models);
    EXPECT_EQ(owner->expires_at, wanted.expires_at);
}

TEST_F(KeyStoreTest, permissions_and_tags_go_with_the_key) {
    auto keys = store();
    NewKey wanted{"operator"};
    wanted.permissions = {"policies.write", "policies.read", "policies.write"};
    wanted.tags = {{"tier", "gold"}, {"residency", "e\"u"}};
    const auto created = made(keys, wanted);
    const std::vector<std::pair<std::string, std::string>> tags{{"residency", "e\"u"}, {"tier", "gold"}};
    const auto listed = keys.list();
    ASSERT_TRUE(listed);
    EXPECT_EQ(listed->front().permissions, (std::vector<std::string>{"policies.read", "policies.write"}));
    EXPECT_EQ(listed->front().tags, tags);
    EXPECT_EQ(created.record.tags, tags);
    const auto owner = (*keys.load_all())->find(created.key.expose());
    ASSERT_NE(owner, nullptr);
    EXPECT_EQ(owner->permissions, permission_set(wanted.permissions));
    EXPECT_EQ(owner->tags, tags);
}

TEST_F(KeyStoreTest, a_key_of_the_time_before_permissions_has_none) {
    auto keys = store();
    const auto created = made(keys, {"old"});
    const auto execute = [&](const char* statement) {
        auto session = *database->session();
        ASSERT_TRUE(storage::run_sql(session, [&](soci::session& sql) -> Result<void> {
            sql << statement;
            return {};
        })) << statement;
    };
    execute("ALTER TABLE api_keys DROP COLUMN permissions");
    execute("ALTER TABLE api_keys DROP COLUMN tags");
    execute("DELETE FROM schema_migrations WHERE module = 'identity' AND version = 2");
    auto now = store();
    const auto owner = (*now.load_all())->find(created.key.expose());
    ASSERT_NE(owner, nullptr);
    EXPECT_TRUE(owner->permissions.none());
    EXPECT_TRUE(owner->tags.empty());
}

TEST_F(KeyStoreTest, the_key_itself_is_nowhere_on_disk) {
    auto keys = store();
    const auto created = made(keys, {"one"});
    const auto secret_part = created.key.expose().substr(12, 20);
    for (const char* name : {"aihub.db", "aihub.db-wal"}) {
        EXPECT_THAT(aihub::testing::read_file(directory.file(name)), Not(HasSubstr(secret_part))) << name;
    }
}

TEST_F(KeyStoreTest, a_revoked_key_works_no_more_and_stays_listed) {
    auto keys = store();
    const auto one = made(keys, {"one"});
    clock.advance(hours(1));
    const auto two = made(keys, {"two"});
    clock.advance(hours(1));
    const auto revoked = keys.revoke("one");
    ASSERT_TRUE(revoked) << revoked.error().message;
    EXPECT_EQ(revoked->id, one.record.id);
    EXPECT_EQ(revoked->revoked_at, clock.wall_now());
    const auto before = keys.epoch();
    const auto again = keys.revoke(one.record.id.text());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->revoked_at, revoked->revoked_at);
    EXPECT_EQ(*keys.epoch(), *before);

    const auto snapshot = *keys.load_all();
    EXPECT_EQ(snapshot->find(one.key.expose()), nullptr);
    EXPECT_NE(snapshot->find(two.key.expose()), nullptr);
    EXPECT_EQ(snapshot->epoch(), *before);
    const auto listed = keys.list();
    ASSERT_EQ(listed->size(), 2U);
    EXPECT_EQ(listed->at(0).status, KeyStatus::revoked);
    EXPECT_EQ(listed->at(1).status, KeyStatus::active);
}

TEST_F(KeyStoreTest, an_unknown_key_is_not_found_with_names_alike) {
    auto keys = store();
    const auto created = made(keys, {"nightly"});
    const auto outcome = keys.revoke("nigthly");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::not_found);
    EXPECT_THAT(outcome.error().message, HasSubstr("did you mean nightly (" + created.record.id.text() + ")?"));
}

TEST_F(KeyStoreTest, every_change_raises_the_epoch_for_other_stores_too) {
    auto keys = store();
    auto other_database = *storage::Database::open(options(), clock, metrics);
    auto other = *KeyStore::create(*other_database, clock, Secret("pepper"));
    const auto start = *other.epoch();
    (void)made(keys, {"one"});
    EXPECT_EQ(*other.epoch(), start + 1);
    ASSERT_TRUE(keys.revoke("one"));
    EXPECT_EQ(*other.epoch(), start + 2);
}

TEST_F(KeyStoreTest, bad_input_is_refused_and_stores_nothing) {
    auto keys = store();
    const auto epoch = *keys.epoch();
    EXPECT_FALSE(keys.create_key({""}));
    EXPECT_TRUE(keys.list()->empty());
    EXPECT_EQ(*keys.epoch(), epoch);
}

TEST_F(KeyStoreTest, a_database_that_cannot_be_written_makes_no_key_and_still_reads) {
    auto wanted = options();
    wanted.sessions = 1;  // query_only belongs to a connection
    database = *storage::Database::open(wanted, clock, metrics);
    auto keys = store();
    const auto one = made(keys, {"one"});
    {
        auto session = database->session();
        ASSERT_TRUE(storage::run_sql(*session, [](soci::session& sql) -> Result<void> {
            sql << "PRAGMA query_only=ON";
            return {};
        }));
    }
    for (const auto& outcome : {keys.create_key({"two"}).error(), keys.revoke("one").error()}) {
        EXPECT_EQ(outcome.code, Errc::unavailable);
        EXPECT_EQ(outcome.reason, "database_read_only");
    }
    EXPECT_EQ(keys.list()->size(), 1U);
    EXPECT_NE((*keys.load_all())->find(one.key.expose()), nullptr);
}

TEST_F(KeyStoreTest, another_pepper_is_noticed_while_keys_depend_on_it) {
    {
        auto keys = store("first");
        (void)made(keys, {"one"});
    }
    const auto wrong = KeyStore::create(*database, clock, Secret("second"));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().reason, "pepper_differs");
    EXPECT_THAT(wrong.error().message, HasSubstr("restore the pepper file"));
    {
        auto keys = store("first");
        ASSERT_TRUE(keys.revoke("one"));
    }
    // No active key depends on it any more.
    auto keys = store("second");
    const auto created = made(keys, {"two"});
    EXPECT_NE((*keys.load_all())->find(created.key.expose()), nullptr);
}

TEST_F(KeyStoreTest, processes_may_make_keys_at_once) {
    database.reset();
    constexpr int kProcesses = 4;
    constexpr int kKeys = 10;
    EXPECT_EQ(
        aihub::testing::succeed_in_processes(
            kProcesses,
            [&](int process) {
                auto mine = storage::Database::open(options(), clock, metrics);
                if (!mine) {
                    return false;
                }
                auto keys = KeyStore::create(**mine, clock, Secret("pepper"));
                for (int i = 0; keys && i < kKeys; ++i) {
                    if (!keys->create_key({"process " + std::to_string(process)})) {
                        return false;
                    }
                }
                return keys.has_value();
            }
        ),
        kProcesses
    );
    SetUp();
    auto keys = store();
    EXPECT_EQ(keys.list()->size(), static_cast<std::size_t>(kProcesses * kKeys));
    EXPECT_EQ((*keys.load_all())->size(), static_cast<std::size_t>(kProcesses * kKeys));
    EXPECT_EQ(*keys.epoch(), 1U + kProcesses * kKeys);
}

}  // namespace
}  // namespace aihub::identity
