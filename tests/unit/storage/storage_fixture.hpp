// A database in a directory of its own.
#pragma once

#include "storage/database.hpp"
#include "storage/session.hpp"
#include "support/fake_clock.hpp"
#include "support/posix.hpp"
#include "telemetry/metrics.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace aihub::storage {

class StorageTest : public ::testing::Test {
protected:
    [[nodiscard]] std::string path() const { return directory.file("var/aihub.db"); }

    [[nodiscard]] DatabaseOptions options() const {
        DatabaseOptions wanted;
        wanted.url = "sqlite:" + path();
        return wanted;
    }

    [[nodiscard]] std::unique_ptr<Database> open(const DatabaseOptions& wanted) {
        auto database = Database::open(wanted, clock, metrics);
        EXPECT_TRUE(database) << database.error().message;
        return database ? *std::move(database) : nullptr;
    }
    [[nodiscard]] std::unique_ptr<Database> open() { return open(options()); }

    // Runs one statement on `lender`.
    template <class Lender>
    static Result<void> execute(Lender& lender, const std::string& statement) {
        return run_sql(lender, [&](soci::session& sql) -> Result<void> {
            sql << statement;
            return {};
        });
    }
    // The number that `statement` selects.
    static long long number(Database& database, const std::string& statement) {
        auto session = database.session();
        if (!session) {
            ADD_FAILURE() << session.error().message;
            return -1;
        }
        auto value = run_sql(*session, [&](soci::session& sql) -> Result<long long> {
            long long selected = -1;
            sql << statement, soci::into(selected);
            return selected;
        });
        EXPECT_TRUE(value) << value.error().message;
        return value ? *value : -1;
    }

    aihub::testing::TempDir directory;
    aihub::testing::FakeClock clock;
    telemetry::Metrics metrics;
};

}  // namespace aihub::storage
