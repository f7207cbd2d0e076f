#include "storage/migration.hpp"

#include "storage/database.hpp"
#include "storage/micros.hpp"
#include "storage/session.hpp"

#include <array>
#include <cassert>
#include <cstdint>
#include <map>
#include <string>

namespace aihub::storage {

namespace {

struct Applied {
    std::string name;
    std::string checksum;
};

const std::vector<std::string_view>& statements_of(const Migration& migration, Backend backend) {
    switch (backend) {
        case Backend::sqlite:
            break;
    }
    return migration.sqlite;
}

// FNV-1a, 64 bits: it only has to notice an edit.
std::string checksum_of(const std::vector<std::string_view>& statements) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    const auto take = [&hash](unsigned char byte) {
        hash ^= byte;
        hash *= 0x100000001b3ULL;
    };
    for (const auto statement : statements) {
        for (const char c : statement) {
            take(static_cast<unsigned char>(c));
        }
        take(0);
    }
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) {
        text.push_back(kDigits[(hash >> static_cast<unsigned>(shift)) & 0xfU]);
    }
    return text;
}

void create_own_table(soci::session& sql) {
    sql << "CREATE TABLE IF NOT EXISTS schema_migrations ("
           " module TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL,"
           " applied_at INTEGER NOT NULL, checksum TEXT NOT NULL, PRIMARY KEY (module, version))";
}

std::map<int, Applied> read_applied(soci::session& sql, const std::string& module) {
    std::map<int, Applied> applied;
    int version = 0;
    Applied row;
    soci::statement statement =
        (sql.prepare << "SELECT version, name, checksum FROM schema_migrations WHERE module = :module",
         soci::use(module),
         soci::into(version),
         soci::into(row.name),
         soci::into(row.checksum));
    statement.execute();
    while (statement.fetch()) {
        applied[version] = row;
    }
    return applied;
}

Result<void> check_applied(
    std::string_view module, const std::map<int, Applied>& applied, std::span<const Migration> known, Backend backend
) {
    const auto text = std::string(module);
    for (const auto& [version, row] : applied) {
        if (version > static_cast<int>(known.size())) {
            return Error{
                Errc::conflict,
                "the database has version " + std::to_string(applied.rbegin()->first) + " of the " + text +
                    " tables, this program knows " + std::to_string(known.size()) +
                    "; start the newer program, or restore the back-up made before the upgrade",
                "database_newer"};
        }
        if (version < 1 ||
            checksum_of(statements_of(known[static_cast<std::size_t>(version - 1)], backend)) != row.checksum) {
            return Error{
                Errc::conflict,
                "migration " + std::to_string(version) + " of the " + text + " tables (" + row.name +
                    ") is not the one of this program; start the program that made the database, or restore a back-up",
                "database_differs"};
        }
    }
    return {};
}

}  // namespace

Result<void> Database::migrate(std::string_view module, std::span<const Migration> migrations) {
    for (std::size_t i = 0; i < migrations.size(); ++i) {
        assert(migrations[i].version == static_cast<int>(i) + 1);
    }
    const std::string name(module);
    auto transaction = AIHUB_TRY(begin(Access::write));
    const auto apply = [&](soci::session& sql) -> Result<void> {
        create_own_table(sql);
        const auto applied = read_applied(sql, name);
        AIHUB_CHECK(check_applied(name, applied, migrations, backend()));
        const long long now = to_micros(clock_.wall_now());
        for (const auto& migration : migrations) {
            if (applied.contains(migration.version)) {
                continue;
            }
            const auto& statements = statements_of(migration, backend());
            for (const auto statement : statements) {
                sql << statement;
            }
            const std::string title(migration.name);
            const std::string checksum = checksum_of(statements);
            sql << "INSERT INTO schema_migrations (module, version, name, applied_at, checksum)"
                   " VALUES (:module, :version, :name, :now, :checksum)",
                soci::use(name), soci::use(migration.version), soci::use(title), soci::use(now), soci::use(checksum);
        }
        return {};
    };
    AIHUB_CHECK(run_sql(transaction, apply));
    return transaction.commit();
}

}  // namespace aihub::storage
