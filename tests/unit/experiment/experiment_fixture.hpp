// A database in a directory of its own, with what experiments keep in it.
#pragma once

#include "experiment/definition_store.hpp"
#include "experiment/feedback_store.hpp"
#include "storage/session.hpp"
#include "support/fake_clock.hpp"
#include "support/posix.hpp"
#include "telemetry/metrics.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace aihub::experiment {

class ExperimentDatabase : public ::testing::Test {
protected:
    void SetUp() override {
        storage::DatabaseOptions options;
        options.url = "sqlite:" + directory.file("aihub.db");
        options.busy_wait = std::chrono::milliseconds(5);
        auto opened = storage::Database::open(options, clock, metrics);
        ASSERT_TRUE(opened) << opened.error().message;
        database = *std::move(opened);
    }
    Result<void> execute(const std::string& statement) {
        auto session = AIHUB_TRY(database->session());
        return storage::run_sql(session, [&](soci::session& sql) -> Result<void> {
            sql << statement;
            return {};
        });
    }
    std::string text(const std::string& statement) {
        std::string selected;
        auto session = database->session();
        EXPECT_TRUE(session);
        const auto done = storage::run_sql(*session, [&](soci::session& sql) -> Result<void> {
            sql << statement, soci::into(selected);
            return {};
        });
        EXPECT_TRUE(done) << done.error().message;
        return selected;
    }

    aihub::testing::TempDir directory;
    aihub::testing::FakeClock clock;
    telemetry::Metrics metrics;
    std::unique_ptr<storage::Database> database;
};

}  // namespace aihub::experiment
