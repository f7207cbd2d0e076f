#include "storage/bulk_insert.hpp"

#include "storage/session.hpp"
#include "storage/sqlite.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <string>
#include <utility>

namespace aihub::storage {

namespace {

std::string insert_text(std::string_view table, std::span<const std::string_view> columns) {
    std::string names;
    std::string places;
    for (const auto column : columns) {
        names.append(names.empty() ? "" : ", ").append(column);
        places.append(places.empty() ? "?" : ", ?");
    }
    return "INSERT INTO " + std::string(table) + " (" + names + ") VALUES (" + places + ") ON CONFLICT DO NOTHING";
}

// Parameters count from 1.
int parameter(std::size_t column) {
    return static_cast<int>(column) + 1;
}

}  // namespace

struct BulkInsert::Statement {
    sqlite_api::sqlite3* database = nullptr;
    sqlite_api::sqlite3_stmt* handle = nullptr;

    Statement() = default;
    ~Statement() { sqlite_api::sqlite3_finalize(handle); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    [[nodiscard]] Error error(int code) const { return sqlite_error(code, sqlite_api::sqlite3_errmsg(database)); }
};

BulkInsert::BulkInsert(std::unique_ptr<Statement> statement) : statement_(std::move(statement)) {}

BulkInsert::BulkInsert(BulkInsert&& other) noexcept = default;

BulkInsert::~BulkInsert() = default;

Result<BulkInsert> BulkInsert::prepare(
    Transaction& transaction, std::string_view table, std::span<const std::string_view> columns
) {
    auto* backend = static_cast<soci::sqlite3_session_backend*>(transaction.connection().sql.get_backend());
    auto statement = std::make_unique<Statement>();
    statement->database = backend->conn_;
    const std::string text = insert_text(table, columns);
    const int code = sqlite_api::sqlite3_prepare_v2(
        statement->database, text.data(), static_cast<int>(text.size()), &statement->handle, nullptr
    );
    if (code != SQLITE_OK) {
        return statement->error(code);
    }
    return BulkInsert(std::move(statement));
}

// What binding can refuse is a wrong column, a fault of the caller, which run() then shows as a missing value.
void BulkInsert::set(std::size_t column, std::int64_t value) {
    sqlite_api::sqlite3_bind_int64(statement_->handle, parameter(column), value);
}

void BulkInsert::set(std::size_t column, std::optional<std::uint64_t> value) {
    if (value) {
        set(column, static_cast<std::int64_t>(*value));
        return;
    }
    sqlite_api::sqlite3_bind_null(statement_->handle, parameter(column));
}

void BulkInsert::set(std::size_t column, std::string_view text) {
    // A null pointer would be NULL, not "".
    const char* data = text.empty() ? "" : text.data();
    sqlite_api::sqlite3_bind_text(
        statement_->handle, parameter(column), data, static_cast<int>(text.size()), SQLITE_STATIC
    );
}

Result<void> BulkInsert::run() {
    const int code = sqlite_api::sqlite3_step(statement_->handle);
    if (code != SQLITE_DONE) {
        Error error = statement_->error(code);
        sqlite_api::sqlite3_reset(statement_->handle);
        return error;
    }
    sqlite_api::sqlite3_reset(statement_->handle);
    return {};
}

}  // namespace aihub::storage
