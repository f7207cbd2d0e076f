// Many rows into one table, by the database's own fast way.
#pragma once

#include "base/result.hpp"
#include "storage/database.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace aihub::storage {

// One statement that is run once for each row, past the general binding layer, which costs as much as the row itself.
// A row whose primary key exists already is left as it is. Errors are those of Database. One thread, not a loop; must
// not outlive its transaction, and its statement ends when it goes.
class BulkInsert {
public:
    // Names of table and columns are ours, never a user's.
    static Result<BulkInsert> prepare(
        Transaction& transaction, std::string_view table, std::span<const std::string_view> columns
    );
    BulkInsert(BulkInsert&& other) noexcept;
    BulkInsert& operator=(BulkInsert&&) = delete;
    ~BulkInsert();

    // The value of a column, counted from 0, for this run() and those after it.
    void set(std::size_t column, std::int64_t value);
    void set(std::size_t column, std::optional<std::uint64_t> value);  // nothing: NULL
    void set(std::size_t column, std::string_view text);               // stays where it is until run() is through
    Result<void> run();

private:
    struct Statement;
    explicit BulkInsert(std::unique_ptr<Statement> statement);

    std::unique_ptr<Statement> statement_;
};

}  // namespace aihub::storage
