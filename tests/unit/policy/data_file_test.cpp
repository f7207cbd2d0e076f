#include "policy/data_file.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace aihub::policy {
namespace {

std::string message(const std::string& text, const std::string& file = "t.csv") {
    const auto parsed = DataFile::parse(file, text);
    return parsed ? "" : parsed.error().message;
}

TEST(DataFile, ReadsATable) {
    const auto parsed = DataFile::parse(
        "prices.csv",
        "model:text,input:money,context:number,chat:flag\r\n"
        "b,0.15,128000,true\r\n"
        "\r\n"
        "\"a, \"\"first\"\"\nof two\",,1e3,false\n"
        "c,,,"
    );
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->name, "prices");
    const auto& table = std::get<DataTable>(parsed->content);
    ASSERT_EQ(table.rows.size(), 3U);
    EXPECT_EQ(table.column("context"), 2U);
    EXPECT_EQ(table.column("none"), table.columns.size());
    const auto* row = table.find("b");
    ASSERT_EQ(row, &table.rows[0]);
    EXPECT_EQ(std::get<Amount>(row->cells[1].value), *Amount::parse("0.15"));
    EXPECT_EQ(std::get<double>(row->cells[2].value), 128000);
    EXPECT_TRUE(std::get<bool>(row->cells[3].value));
    const auto* quoted = table.find("a, \"first\"\nof two");
    ASSERT_EQ(quoted, &table.rows[1]);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(quoted->cells[1].value));
    EXPECT_EQ(std::get<double>(quoted->cells[2].value), 1000);
    EXPECT_NE(table.find("c"), nullptr);
    EXPECT_EQ(table.find("d"), nullptr);
    EXPECT_EQ(table.find(""), nullptr);
}

TEST(DataFile, SaysWhichLineOfATableIsWrong) {
    const std::string head = "model:text,input:money,size:number,chat:flag\n";
    const std::vector<std::pair<std::string, std::string>> rows{
        {"", "t.csv:1: the table has no first line; name its columns, such as model:text,input:money"},
        {"model,input", "t.csv:1: \"model\" is no column"},
        {"model:text,Input:money", "t.csv:1: \"Input:money\" is no column"},
        {"model:text,input:euro", "t.csv:1: \"input:euro\" is no column"},
        {"size:number", "t.csv:1: the first column, size, has to be text: lines are found by it"},
        {"a:text,a:text", "t.csv:1: the column a is there twice"},
        {head + "m,1", "t.csv:2: there are 2 cells for 4 columns"},
        {head + "m,1,2,true\n,1,2,true", "t.csv:3: the first cell, model, is empty"},
        {head + "m,1.x,2,true", "t.csv:2: input: \"1.x\" is no amount of money"},
        {head + "m,1,2 GB,true", "t.csv:2: size: \"2 GB\" is no number"},
        {head + "m,1,inf,true", "t.csv:2: size: \"inf\" is no number"},
        {head + "m,1,2,yes", "t.csv:2: chat: \"yes\" is no flag; write true or false"},
        {head + "\"m,1,2,true", "t.csv:2: a quote is not closed"},
        {head + "\"a\nb\"x,1,2,true", "t.csv:2: a cell goes on behind its closing quote"},
        {head + "a\"b,1,2,true", "t.csv:2: a quote stands inside a cell"},
        {head + "\"a\nb\",1,2,true\nc,1", "t.csv:4: there are 2 cells for 4 columns"},
        {head + "m,1,2,true\nm,1,2,true", "t.csv: model \"m\" is there twice"},
        {head + std::string(5000, 'm') + ",1,2,true", "t.csv:2: model: a cell may have 4096 bytes"},
    };
    for (const auto& [text, expected] : rows) {
        EXPECT_EQ(message(text).substr(0, expected.size()), expected);
    }
}

TEST(DataFile, HasBounds) {
    std::string lines = "k:text\n";
    for (std::size_t i = 0; i <= DataFile::kRowsMax; ++i) {
        lines += std::to_string(i) + "\n";
    }
    EXPECT_EQ(message(lines), "t.csv:10002: a table may have 10000 lines");
    std::string columns = "c0:text";
    for (std::size_t i = 1; i <= DataFile::kColumnsMax; ++i) {
        columns += ",c" + std::to_string(i) + ":text";
    }
    EXPECT_EQ(message(columns), "t.csv:1: a table may have 64 columns");
    EXPECT_EQ(
        message(std::string(20, '[') + std::string(20, ']'), "t.json"),
        "t.json: the JSON is nested deeper than 16 levels"
    );
    EXPECT_NE(message(std::string(100'000, '['), "t.json"), "");
}

TEST(DataFile, ReadsADocument) {
    const auto parsed =
        DataFile::parse("limits.json", R"({"b": [1, null, "x"], "a": {"deep": true}, "c": 18446744073709551615})");
    ASSERT_TRUE(parsed) << parsed.error().message;
    const auto& members = std::get<DataValue::Members>(std::get<DataValue>(parsed->content).value);
    ASSERT_EQ(members.size(), 3U);
    EXPECT_EQ(members[0].name, "a");
    const auto& list = std::get<DataValue::List>(members[1].value.value);
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(std::get<double>(list[0].value), 1);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(list[1].value));
    EXPECT_EQ(std::get<std::string>(list[2].value), "x");
    EXPECT_EQ(std::get<double>(members[2].value.value), 18446744073709551615.0);
    EXPECT_EQ(message("{", "t.json").substr(0, 24), "t.json: this is no JSON:");
    EXPECT_EQ(message("1 2", "t.json").substr(0, 24), "t.json: this is no JSON:");
}

}  // namespace
}  // namespace aihub::policy
