// The table of usage rows.
#pragma once

#include "base/result.hpp"
#include "model/usage_row.hpp"
#include "storage/database.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aihub::usage {

// A row and its id. The id is made before the row is first written, so writing it again is no second row. `writer` is a
// random number of the process that wrote it, `serial` counts from 1 without a gap: a gap means a lost row.
struct StoredRow {
    std::int64_t writer = 0;
    std::int64_t serial = 0;
    model::UsageRow row;
};

// Longer texts that a client chose (its model name, its request id) are cut to this many bytes.
inline constexpr std::size_t kUsageTextMax = 256;
// The most that recent() gives.
inline constexpr std::size_t kRecentRowsMax = 1000;

// Blocks on the database: never on a loop. Any other thread.
class Store {
public:
    // Creates or updates the table. `database` outlives the store.
    static Result<Store> create(storage::Database& database);

    // All rows or, on an error, an unknown part of them: write them again. Rows that are there already stay as they
    // are.
    Result<void> write(std::span<const StoredRow> rows);
    // The newest rows by start, newest first; at most `limit`, at most kRecentRowsMax.
    Result<std::vector<model::UsageRow>> recent(std::size_t limit);
    Result<std::uint64_t> count();

private:
    explicit Store(storage::Database& database) : database_(&database) {}

    storage::Database* database_;
};

}  // namespace aihub::usage
