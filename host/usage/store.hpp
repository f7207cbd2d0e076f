// The table of usage rows.
#pragma once

#include "base/result.hpp"
#include "model/usage_row.hpp"
#include "storage/database.hpp"
#include "usage/row_ids.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aihub::usage {

// A row and its id, which is made before the row is first written, so that writing it again is no second row. See
// RowIds.
struct StoredRow {
    std::int64_t id = 0;
    model::UsageRow row;
};

// Longer texts that a client chose (its model name, its request id) are cut to this many bytes.
inline constexpr std::size_t kUsageTextMax = 256;
// The most that recent() gives.
inline constexpr std::size_t kRecentRowsMax = 1000;

// Blocks on the database: never on a loop. Any other thread.
class Store {
public:
    // Creates or updates the table, and takes a number for the ids of this process. `database` outlives the store.
    static Result<Store> create(storage::Database& database);

    // All rows or, on an error, an unknown part of them: write them again. Rows that are there already stay as they
    // are.
    Result<void> write(std::span<const StoredRow> rows);
    // The rows recorded last, newest first; at most `limit`, at most kRecentRowsMax.
    Result<std::vector<model::UsageRow>> recent(std::size_t limit);
    Result<std::uint64_t> count();
    // Where this process's ids start.
    [[nodiscard]] RowIds row_ids() const { return RowIds(writer_); }

private:
    Store(storage::Database& database, std::int64_t writer) : database_(&database), writer_(writer) {}

    storage::Database* database_;
    std::int64_t writer_;
};

}  // namespace aihub::usage
