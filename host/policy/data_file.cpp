#include "policy/data_file.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>

namespace aihub::policy {

namespace {

namespace json = boost::json;

constexpr std::string_view kTableEnding = ".csv";
constexpr std::size_t kNameBytesMax = 64;

DataValue value_of(const json::value& from);

DataValue members_of(const json::object& from) {
    DataValue::Members members;
    members.reserve(from.size());
    for (const auto& member : from) {
        members.push_back({std::string(member.key()), value_of(member.value())});
    }
    std::ranges::sort(members, {}, &DataMember::name);
    return {std::move(members)};
}

DataValue value_of(const json::value& from) {
    switch (from.kind()) {
        case json::kind::null:
            break;
        case json::kind::bool_:
            return {from.get_bool()};
        case json::kind::int64:
            return {static_cast<double>(from.get_int64())};
        case json::kind::uint64:
            return {static_cast<double>(from.get_uint64())};
        case json::kind::double_:
            return {from.get_double()};
        case json::kind::string:
            return {std::string(from.get_string())};
        case json::kind::array: {
            DataValue::List list;
            list.reserve(from.get_array().size());
            std::ranges::transform(from.get_array(), std::back_inserter(list), value_of);
            return {std::move(list)};
        }
        case json::kind::object:
            return members_of(from.get_object());
    }
    return {};
}

// Splits lines of comma-separated values into cells (RFC 4180: a cell in quotes may hold commas, line breaks and,
// twice, quotes).
class CellReader {
public:
    explicit CellReader(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
    // Of the record that was read last, or of the cell in it that is wrong.
    [[nodiscard]] std::size_t line() const { return line_; }

    // The cells of the next record. invalid_request: quotes that do not fit.
    Result<std::vector<std::string>> record() {
        std::vector<std::string> cells;
        line_ = next_line_;
        for (;;) {
            cells.push_back(AIHUB_TRY(cell()));
            if (at_end() || text_[at_] != ',') {
                break;
            }
            ++at_;
        }
        if (!at_end() && text_[at_] == '\r') {
            ++at_;
        }
        if (!at_end() && text_[at_] != '\n') {
            return Error{Errc::invalid_request, "a cell goes on behind its closing quote"};
        }
        ++at_;
        ++next_line_;
        return cells;
    }

private:
    Result<std::string> cell() {
        if (!at_end() && text_[at_] == '"') {
            return quoted();
        }
        const auto end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
        const auto cell = text_.substr(at_, end - at_);
        at_ = end;
        if (cell.find('"') != std::string_view::npos) {
            return Error{
                Errc::invalid_request, "a quote stands inside a cell; put the cell into quotes and write it twice"};
        }
        return std::string(cell);
    }

    Result<std::string> quoted() {
        std::string cell;
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '"') {
                ++at_;
                if (at_end() || text_[at_] != '"') {
                    return cell;
                }
            }
            next_line_ += text_[at_] == '\n' ? 1 : 0;
            cell += text_[at_];
        }
        return Error{Errc::invalid_request, "a quote is not closed"};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t next_line_ = 1;
};

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= kNameBytesMax && std::ranges::all_of(name, [](unsigned char c) {
        return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_';
    });
}

constexpr std::array<std::string_view, 4> kTypes{"text", "number", "money", "flag"};  // as DataTable::Type

Result<DataTable::Column> column_of(std::string_view cell) {
    const auto colon = std::min(cell.find(':'), cell.size());
    const auto name = cell.substr(0, colon);
    const auto* type = std::ranges::find(kTypes, cell.substr(std::min(colon + 1, cell.size())));
    if (!is_name(name) || type == kTypes.end()) {
        return Error{
            Errc::invalid_request,
            "\"" + std::string(cell.substr(0, kNameBytesMax)) +
                "\" is no column; write a name in lower case, a colon and text, number, money or flag, such as "
                "input:money"};
    }
    return DataTable::Column{std::string(name), static_cast<DataTable::Type>(type - kTypes.begin())};
}

Result<std::vector<DataTable::Column>> columns_of(const std::vector<std::string>& cells) {
    std::vector<DataTable::Column> columns;
    if (cells.size() > DataFile::kColumnsMax) {
        return Error{Errc::too_large, "a table may have " + std::to_string(DataFile::kColumnsMax) + " columns"};
    }
    for (const auto& cell : cells) {
        auto column = AIHUB_TRY(column_of(cell));
        if (std::ranges::find(columns, column.name, &DataTable::Column::name) != columns.end()) {
            return Error{Errc::invalid_request, "the column " + column.name + " is there twice"};
        }
        columns.push_back(std::move(column));
    }
    if (columns.front().type != DataTable::Type::text) {
        return Error{
            Errc::invalid_request,
            "the first column, " + columns.front().name + ", has to be text: lines are found by it"};
    }
    return columns;
}

std::optional<double> number_of(const std::string& cell) {
    double number = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
    const bool good = error == std::errc() && end == cell.data() + cell.size() && std::isfinite(number);
    return good ? std::optional(number) : std::nullopt;
}

Result<DataValue> cell_value(DataTable::Type type, std::string cell) {
    switch (type) {
        case DataTable::Type::number:
            if (const auto number = number_of(cell)) {
                return DataValue{*number};
            }
            return Error{Errc::invalid_request, "\"" + cell.substr(0, kNameBytesMax) + "\" is no number"};
        case DataTable::Type::money:
            return DataValue{AIHUB_TRY(Amount::parse(cell))};
        case DataTable::Type::flag:
            if (cell == "true" || cell == "false") {
                return DataValue{cell == "true"};
            }
            return Error{
                Errc::invalid_request, "\"" + cell.substr(0, kNameBytesMax) + "\" is no flag; write true or false"};
        case DataTable::Type::text:
            break;
    }
    return DataValue{std::move(cell)};
}

Result<DataTable::Row> row_of(const DataTable& table, std::vector<std::string> cells) {
    if (cells.size() != table.columns.size()) {
        return Error{
            Errc::invalid_request,
            "there are " + std::to_string(cells.size()) + " cells for " + std::to_string(table.columns.size()) +
                " columns"};
    }
    if (cells.front().empty()) {
        return Error{Errc::invalid_request, "the first cell, " + table.columns.front().name + ", is empty"};
    }
    DataTable::Row row;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto& column = table.columns[i];
        if (cells[i].size() > DataFile::kCellBytesMax) {
            return Error{
                Errc::too_large,
                column.name + ": a cell may have " + std::to_string(DataFile::kCellBytesMax) + " bytes"};
        }
        if (cells[i].empty()) {
            row.cells.emplace_back();
            continue;
        }
        auto value = cell_value(column.type, std::move(cells[i]));
        if (!value) {
            return Error{value.error().code, column.name + ": " + value.error().message};
        }
        row.cells.push_back(*std::move(value));
    }
    return row;
}

// Two rows with the same key; null when there are none.
const DataTable::Row* twice(const DataTable& table) {
    const auto same = std::ranges::adjacent_find(table.by_key, {}, [&](std::size_t i) -> const std::string& {
        return table.key(table.rows[i]);
    });
    return same == table.by_key.end() ? nullptr : &table.rows[*same];
}

Result<void> read_rows(CellReader& reader, DataTable& table) {
    while (!reader.at_end()) {
        auto cells = AIHUB_TRY(reader.record());
        if (cells.size() == 1 && cells.front().empty()) {
            continue;  // an empty line
        }
        if (table.columns.empty()) {
            table.columns = AIHUB_TRY(columns_of(cells));
            continue;
        }
        table.rows.push_back(AIHUB_TRY(row_of(table, std::move(cells))));
        if (table.rows.size() > DataFile::kRowsMax) {
            return Error{Errc::too_large, "a table may have " + std::to_string(DataFile::kRowsMax) + " lines"};
        }
    }
    return {};
}

Result<DataTable> parse_table(std::string_view file, std::string_view text) {
    DataTable table;
    CellReader reader(text);
    if (const auto read = read_rows(reader, table); !read) {
        return Error{
            read.error().code, std::string(file) + ":" + std::to_string(reader.line()) + ": " + read.error().message};
    }
    if (table.columns.empty()) {
        return Error{
            Errc::invalid_request,
            std::string(file) + ":1: the table has no first line; name its columns, such as model:text,input:money"};
    }
    table.by_key.resize(table.rows.size());
    std::iota(table.by_key.begin(), table.by_key.end(), std::size_t{0});
    std::ranges::sort(table.by_key, {}, [&](std::size_t i) -> const std::string& { return table.key(table.rows[i]); });
    if (const auto* row = twice(table)) {
        return Error{
            Errc::invalid_request,
            std::string(file) + ": " + table.columns.front().name + " \"" + table.key(*row).substr(0, kNameBytesMax) +
                "\" is there twice"};
    }
    return table;
}

}  // namespace

const DataTable::Row* DataTable::find(std::string_view wanted) const {
    const auto found = std::ranges::lower_bound(by_key, wanted, {}, [this](std::size_t i) -> std::string_view {
        return key(rows[i]);
    });
    return found != by_key.end() && key(rows[*found]) == wanted ? &rows[*found] : nullptr;
}

std::size_t DataTable::column(std::string_view wanted) const {
    return static_cast<std::size_t>(std::ranges::find(columns, wanted, &Column::name) - columns.begin());
}

Result<DataFile> DataFile::parse(std::string_view file, std::string_view text) {
    const std::string name(file.substr(0, file.find('.')));
    if (file.ends_with(kTableEnding)) {
        return DataFile{name, AIHUB_TRY(parse_table(file, text))};
    }
    auto value = parse_json(text);
    if (!value) {
        return Error{value.error().code, std::string(file) + ": " + value.error().message};
    }
    return DataFile{name, *std::move(value)};
}

Result<DataValue> parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = DataFile::kDepthMax;
    json::error_code error;
    const auto parsed = json::parse({text.data(), text.size()}, error, {}, options);
    if (error == json::error::too_deep) {
        return Error{
            Errc::invalid_request, "the JSON is nested deeper than " + std::to_string(DataFile::kDepthMax) + " levels"};
    }
    if (error) {
        return Error{Errc::invalid_request, "this is no JSON: " + error.message()};
    }
    return value_of(parsed);
}

}  // namespace aihub::policy
