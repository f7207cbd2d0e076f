#include "policy/data_library.hpp"

#include "policy/bundle.hpp"
#include "policy/data_file.hpp"
#include "policy/library.hpp"
#include "policy/money_library.hpp"
#include "policy/script_host.hpp"

#include <lua.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace aihub::policy {

namespace {

constexpr const char* kTable = "aihub.data.table";  // metatables in the registry, which scripts cannot reach
constexpr const char* kRow = "aihub.data.row";
constexpr const char* kValue = "aihub.data.value";
constexpr std::uint64_t kStepsOfLook = 5;
constexpr std::size_t kBytesPerStep = 8;
constexpr std::size_t kJsonBytesMax = 64U << 10U;
constexpr std::uint64_t kStepsOfJsonValue = 4;

struct TableView {
    const DataTable* table;
};
struct RowView {
    const DataTable* table;
    const DataTable::Row* row;
};
struct ValueView {
    const DataValue* value;
};

template <class View>
void push_view(lua_State* lua, const char* metatable, const View& view) {
    std::memcpy(lua_newuserdata(lua, sizeof(view)), &view, sizeof(view));
    luaL_getmetatable(lua, metatable);
    lua_setmetatable(lua, -2);
}

template <class View>
View view_at(lua_State* lua, int index, const char* metatable) {
    View view{};
    std::memcpy(&view, luaL_checkudata(lua, index, metatable), sizeof(view));
    return view;
}

std::string_view text_at(lua_State* lua, int index) {
    std::size_t size = 0;
    const char* text = lua_tolstring(lua, index, &size);
    return {text, size};
}

void push_text_of(lua_State* lua, std::string_view text) {
    Meter::of(lua).charge(text.size() / kBytesPerStep);
    lua_pushlstring(lua, text.data(), text.size());
}

// What is no list and no object; false: it is one of them.
bool push_plain(lua_State* lua, const DataValue& value) {
    if (const auto* flag = std::get_if<bool>(&value.value)) {
        lua_pushboolean(lua, *flag ? 1 : 0);
    } else if (const auto* number = std::get_if<double>(&value.value)) {
        lua_pushnumber(lua, *number);
    } else if (const auto* text = std::get_if<std::string>(&value.value)) {
        push_text_of(lua, *text);
    } else if (const auto* amount = std::get_if<Amount>(&value.value)) {
        push_money(lua, *amount);
    } else if (std::holds_alternative<std::monostate>(value.value)) {
        lua_pushnil(lua);
    } else {
        return false;
    }
    return true;
}

void push_shown(lua_State* lua, const DataValue& value) {
    if (!push_plain(lua, value)) {
        push_view(lua, kValue, ValueView{&value});
    }
}

int refuse_write(lua_State* lua) {
    return luaL_error(lua, "the data of a bundle cannot be changed");
}

// One condition of find{}.
struct Condition {
    std::size_t column = 0;
    DataTable::Type type = DataTable::Type::text;
    std::string_view text;
    double number = 0;
    Amount amount;
    bool flag = false;

    [[nodiscard]] bool fits(const DataValue& cell) const {
        switch (type) {
            case DataTable::Type::text: {
                const auto* value = std::get_if<std::string>(&cell.value);
                return value != nullptr && *value == text;
            }
            case DataTable::Type::number: {
                const auto* value = std::get_if<double>(&cell.value);
                return value != nullptr && *value == number;
            }
            case DataTable::Type::money: {
                const auto* value = std::get_if<Amount>(&cell.value);
                return value != nullptr && *value == amount;
            }
            case DataTable::Type::flag:
                break;
        }
        const auto* value = std::get_if<bool>(&cell.value);
        return value != nullptr && *value == flag;
    }
};

// Reads the value on top; false: it has another type than the column.
bool read_condition(lua_State* lua, Condition& condition) {
    const int type = lua_type(lua, -1);
    switch (condition.type) {
        case DataTable::Type::text:
            condition.text = type == LUA_TSTRING ? text_at(lua, -1) : std::string_view();
            return type == LUA_TSTRING;
        case DataTable::Type::number:
            condition.number = lua_tonumber(lua, -1);
            return type == LUA_TNUMBER;
        case DataTable::Type::money:
            return money_at(lua, -1, condition.amount);
        case DataTable::Type::flag:
            break;
    }
    condition.flag = lua_toboolean(lua, -1) != 0;
    return type == LUA_TBOOLEAN;
}

using Conditions = std::array<Condition, DataFile::kColumnsMax>;

// Of the Lua table at index 2. A column that there is not, or another type, is an error.
std::size_t read_conditions(lua_State* lua, const DataTable& table, Conditions& conditions) {
    std::size_t count = 0;
    lua_pushnil(lua);
    while (lua_next(lua, 2) != 0) {
        const bool named = lua_type(lua, -2) == LUA_TSTRING;
        const auto column = named ? table.column(text_at(lua, -2)) : table.columns.size();
        if (column == table.columns.size() || count == conditions.size()) {
            luaL_error(lua, "the table has no column %s", named ? lua_tolstring(lua, -2, nullptr) : "(number)");
        }
        auto& condition = conditions[count++];
        condition.column = column;
        condition.type = table.columns[column].type;
        if (!read_condition(lua, condition)) {
            luaL_error(
                lua,
                "the column %s holds another type than a %s",
                table.columns[column].name.c_str(),
                luaL_typename(lua, -1)
            );
        }
        lua_pop(lua, 1);
    }
    return count;
}

// prices:get("small"): its line, or nil
int table_get(lua_State* lua) {
    const auto view = view_at<TableView>(lua, 1, kTable);
    luaL_checktype(lua, 2, LUA_TSTRING);
    Meter::of(lua).charge(2 * kStepsOfLook);
    const auto* row = view.table->find(text_at(lua, 2));
    if (row == nullptr) {
        lua_pushnil(lua);
    } else {
        push_view(lua, kRow, RowView{view.table, row});
    }
    return 1;
}

// prices:find{ provider = "a", chat = true }: the first line that has all of these, or nil
int table_find(lua_State* lua) {
    const auto view = view_at<TableView>(lua, 1, kTable);
    luaL_checktype(lua, 2, LUA_TTABLE);
    Conditions conditions;
    const auto count = read_conditions(lua, *view.table, conditions);
    auto& meter = Meter::of(lua);
    for (const auto& row : view.table->rows) {
        meter.charge(1 + count);
        const bool fits = std::all_of(conditions.begin(), conditions.begin() + count, [&](const Condition& condition) {
            return condition.fits(row.cells[condition.column]);
        });
        if (fits) {
            push_view(lua, kRow, RowView{view.table, &row});
            return 1;
        }
    }
    lua_pushnil(lua);
    return 1;
}

int table_size(lua_State* lua) {
    lua_pushinteger(lua, static_cast<lua_Integer>(view_at<TableView>(lua, 1, kTable).table->rows.size()));
    return 1;
}

// row.input; nil where the cell is empty
int row_member(lua_State* lua) {
    const auto view = view_at<RowView>(lua, 1, kRow);
    Meter::of(lua).charge(kStepsOfLook);
    const auto name = lua_type(lua, 2) == LUA_TSTRING ? text_at(lua, 2) : std::string_view("(number)");
    const auto column = view.table->column(name);
    if (column == view.table->columns.size()) {
        return luaL_error(lua, "the table has no column %s", name.data());
    }
    return push_plain(lua, view.row->cells[column]) ? 1 : 0;
}

// limits.tiers, list[1]; nil where there is nothing
int value_member(lua_State* lua) {
    const auto& value = view_at<ValueView>(lua, 1, kValue).value->value;
    Meter::of(lua).charge(kStepsOfLook);
    const DataValue* found = nullptr;
    if (const auto* list = std::get_if<DataValue::List>(&value); list != nullptr && lua_type(lua, 2) == LUA_TNUMBER) {
        const double at = lua_tonumber(lua, 2);
        const bool inside = at >= 1 && at <= static_cast<double>(list->size());
        const auto index = inside ? static_cast<std::size_t>(at) : 0;
        found = inside && static_cast<double>(index) == at ? &(*list)[index - 1] : nullptr;
    } else if (const auto* members = std::get_if<DataValue::Members>(&value);
               members != nullptr && lua_type(lua, 2) == LUA_TSTRING) {
        const auto name = text_at(lua, 2);
        const auto member = std::ranges::lower_bound(*members, name, {}, &DataMember::name);
        found = member != members->end() && member->name == name ? &member->value : nullptr;
    }
    if (found == nullptr) {
        lua_pushnil(lua);
    } else {
        push_shown(lua, *found);
    }
    return 1;
}

int value_size(lua_State* lua) {
    const auto* list = std::get_if<DataValue::List>(&view_at<ValueView>(lua, 1, kValue).value->value);
    if (list == nullptr) {
        return luaL_error(lua, "# is for lists; go over an object with pairs");
    }
    lua_pushinteger(lua, static_cast<lua_Integer>(list->size()));
    return 1;
}

// Iterators: upvalue 1 is the view, 2 how many places were visited.
std::size_t take_place(lua_State* lua) {
    const auto place = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(2)));
    lua_pushinteger(lua, static_cast<lua_Integer>(place + 1));
    lua_replace(lua, lua_upvalueindex(2));
    Meter::of(lua).charge(kStepsOfLook);
    return place;
}

int next_of_table(lua_State* lua) {
    const auto view = view_at<TableView>(lua, lua_upvalueindex(1), kTable);
    const auto place = take_place(lua);
    if (place >= view.table->rows.size()) {
        return 0;
    }
    const auto& row = view.table->rows[place];
    push_text_of(lua, view.table->key(row));
    push_view(lua, kRow, RowView{view.table, &row});
    return 2;
}

int next_of_row(lua_State* lua) {
    const auto view = view_at<RowView>(lua, lua_upvalueindex(1), kRow);
    for (;;) {
        const auto place = take_place(lua);
        if (place >= view.row->cells.size()) {
            return 0;
        }
        if (std::holds_alternative<std::monostate>(view.row->cells[place].value)) {
            continue;
        }
        push_text_of(lua, view.table->columns[place].name);
        return push_plain(lua, view.row->cells[place]) ? 2 : 0;
    }
}

int next_of_value(lua_State* lua) {
    const auto& value = view_at<ValueView>(lua, lua_upvalueindex(1), kValue).value->value;
    const auto* list = std::get_if<DataValue::List>(&value);
    const auto* members = std::get_if<DataValue::Members>(&value);
    const auto count = list != nullptr ? list->size() : members->size();
    for (;;) {
        const auto place = take_place(lua);
        if (place >= count) {
            return 0;
        }
        const auto& found = list != nullptr ? (*list)[place] : (*members)[place].value;
        if (std::holds_alternative<std::monostate>(found.value)) {
            continue;
        }
        if (list != nullptr) {
            lua_pushinteger(lua, static_cast<lua_Integer>(place + 1));
        } else {
            push_text_of(lua, (*members)[place].name);
        }
        push_shown(lua, found);
        return 2;
    }
}

template <lua_CFunction next>
int pairs_of(lua_State* lua) {
    lua_settop(lua, 1);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next, 2);
    return 1;
}

void set_function(lua_State* lua, const char* name, lua_CFunction function) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
}

// Leaves a new metatable on the stack.
void new_metatable(lua_State* lua, const char* name, lua_CFunction pairs) {
    luaL_newmetatable(lua, name);
    set_function(lua, "__newindex", refuse_write);
    set_function(lua, "__pairs", pairs);
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
}

void push_copy(lua_State* lua, const DataValue& value) {
    Meter::of(lua).charge(kStepsOfJsonValue);
    luaL_checkstack(lua, 4, "the JSON is nested too deep");
    if (const auto* list = std::get_if<DataValue::List>(&value.value)) {
        lua_createtable(lua, static_cast<int>(list->size()), 0);
        int at = 0;
        for (const auto& one : *list) {
            push_copy(lua, one);
            if (lua_isnil(lua, -1)) {
                lua_pop(lua, 1);
                lua_pushboolean(lua, 0);
            }
            lua_rawseti(lua, -2, ++at);
        }
    } else if (const auto* members = std::get_if<DataValue::Members>(&value.value)) {
        lua_createtable(lua, 0, static_cast<int>(members->size()));
        for (const auto& member : *members) {
            push_text_of(lua, member.name);
            push_copy(lua, member.value);
            lua_rawset(lua, -3);
        }
    } else {
        (void)push_plain(lua, value);
    }
}

// Puts the value where a Lua error cannot lose it; false: `why` says what is wrong.
bool keep_decoded(ScriptHost& host, std::string_view text, std::array<char, 256>& why) {
    auto value = parse_json(text);
    if (!value) {
        value.error().message.copy(why.data(), why.size() - 1);
        return false;
    }
    host.decoded = *std::move(value);
    return true;
}

}  // namespace

void open_data(lua_State* lua) {
    new_metatable(lua, kTable, pairs_of<next_of_table>);
    set_function(lua, "__len", table_size);
    lua_createtable(lua, 0, 2);
    set_function(lua, "get", table_get);
    set_function(lua, "find", table_find);
    make_environment(lua, "table");
    lua_setfield(lua, -2, "__index");
    new_metatable(lua, kRow, pairs_of<next_of_row>);
    set_function(lua, "__index", row_member);
    new_metatable(lua, kValue, pairs_of<next_of_value>);
    set_function(lua, "__index", value_member);
    set_function(lua, "__len", value_size);
    lua_pop(lua, 3);
}

int find_data(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TSTRING);
    const auto name = text_at(lua, 1);
    Meter::of(lua).charge(kStepsOfLook);
    const auto* data = ScriptHost::of(lua).bundle.data(name);
    if (data == nullptr) {
        return luaL_error(
            lua, "the bundle has no data \"%s\"; add %s.csv or %s.json", name.data(), name.data(), name.data()
        );
    }
    if (const auto* table = std::get_if<DataTable>(&data->content)) {
        push_view(lua, kTable, TableView{table});
    } else {
        push_shown(lua, std::get<DataValue>(data->content));
    }
    return 1;
}

int decode_json(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TSTRING);
    const auto text = text_at(lua, 1);
    luaL_argcheck(lua, text.size() <= kJsonBytesMax, 1, "JSON text may have 65536 bytes");
    auto& host = ScriptHost::of(lua);
    host.charge(kStepsOfLook + text.size());
    std::array<char, 256> why{};
    if (!keep_decoded(host, text, why)) {
        return luaL_error(lua, "%s", why.data());
    }
    push_copy(lua, host.decoded);
    host.decoded = {};
    return 1;
}

}  // namespace aihub::policy
