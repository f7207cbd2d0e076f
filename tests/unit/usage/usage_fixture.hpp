// A usage store in a directory of its own.
#pragma once

#include "storage/session.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_log.hpp"
#include "support/posix.hpp"
#include "usage/store.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace aihub::usage {

class UsageTest : public ::testing::Test {
protected:
    void SetUp() override { open(4); }
    void open(std::size_t sessions) {
        storage::DatabaseOptions options;
        options.url = "sqlite:" + directory.file("aihub.db");
        options.busy_wait = std::chrono::milliseconds(5);
        options.sessions = sessions;
        auto opened = storage::Database::open(options, clock, metrics);
        ASSERT_TRUE(opened) << opened.error().message;
        database = *std::move(opened);
        auto made = Store::create(*database);
        ASSERT_TRUE(made) << made.error().message;
        store.emplace(*std::move(made));
    }
    Result<void> execute(const std::string& statement) {
        auto session = AIHUB_TRY(database->session());
        return storage::run_sql(session, [&](soci::session& sql) -> Result<void> {
            sql << statement;
            return {};
        });
    }
    long long number(const std::string& statement) {
        long long selected = -1;
        auto session = database->session();
        EXPECT_TRUE(session);
        const auto done = storage::run_sql(*session, [&](soci::session& sql) -> Result<void> {
            sql << statement, soci::into(selected);
            return {};
        });
        EXPECT_TRUE(done) << done.error().message;
        return selected;
    }
    model::UsageRow row(int number) const {
        model::UsageRow made;
        made.request_id = "req_" + std::to_string(number);
        made.started_at = clock.wall_now() + std::chrono::microseconds(number);
        made.operation = "chat_completions";
        made.model_asked = "fast";
        made.outcome = model::Outcome::completed;
        made.status = 200;
        return made;
    }

    aihub::testing::TempDir directory;
    aihub::testing::FakeClock clock;
    aihub::testing::FakeLog log;
    telemetry::Metrics metrics;
    std::unique_ptr<storage::Database> database;
    std::optional<Store> store;
};

}  // namespace aihub::usage
