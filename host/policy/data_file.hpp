// Data that a bundle brings along: tables ("prices.csv") and documents ("limits.json"). Read once, never changed.
#pragma once

#include "base/amount.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace aihub::policy {

struct DataMember;

// A value of a document, or of a cell.
struct DataValue {
    using List = std::vector<DataValue>;
    using Members = std::vector<DataMember>;  // by name

    // std::monostate: there is none.
    std::variant<std::monostate, bool, double, std::string, Amount, List, Members> value;
};

struct DataMember {
    std::string name;
    DataValue value;
};

// The first line of a table names its columns and says what they hold:
// "model:text,input:money,context:number,chat:flag". A cell may be empty, but for those of the first column: they are
// texts, each once, by which lines are found.
struct DataTable {
    enum class Type { text, number, money, flag };
    struct Column {
        std::string name;
        Type type = Type::text;
    };
    struct Row {
        std::vector<DataValue> cells;  // one for each column
    };

    std::vector<Column> columns;
    std::vector<Row> rows;            // as in the file
    std::vector<std::size_t> by_key;  // places in `rows`, in the order of their keys

    [[nodiscard]] const std::string& key(const Row& row) const { return std::get<std::string>(row.cells[0].value); }
    // Null: none.
    [[nodiscard]] const Row* find(std::string_view wanted) const;
    // columns.size(): none.
    [[nodiscard]] std::size_t column(std::string_view wanted) const;
};

struct DataFile {
    static constexpr std::size_t kRowsMax = 10'000;
    static constexpr std::size_t kColumnsMax = 64;
    static constexpr std::size_t kCellBytesMax = 4096;
    static constexpr std::size_t kDepthMax = 16;

    std::string name;  // "prices"
    std::variant<DataTable, DataValue> content;

    // `file` is "prices.csv" or "prices.json". invalid_request and too_large, as "prices.csv:3: ...".
    [[nodiscard]] static Result<DataFile> parse(std::string_view file, std::string_view text);
};

// JSON text as a value. invalid_request: what is wrong with it.
[[nodiscard]] Result<DataValue> parse_json(std::string_view text);

}  // namespace aihub::policy
