#include "policy/decision.hpp"

#include <lua.hpp>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string_view>

namespace aihub::policy {

namespace {

constexpr double kWeightMax = 1e6;
constexpr double kTimeoutMsMax = 24.0 * 3600 * 1000;
constexpr double kRetriesMax = 10;

// Reads one table on top of the stack. The first error is kept; the reads behind it do nothing.
//
// Nothing here has a destructor: a Lua error for lack of memory may leave any of it at any point.
class TableReader {
public:
    TableReader(lua_State* L, const char* what, DecisionError& error) : L_(L), what_(what), error_(error) {}

    [[nodiscard]] bool ok() const { return error_.empty(); }

    bool is_table() {
        if (lua_type(L_, -1) == LUA_TTABLE) {
            return true;
        }
        fail(
            lua_isnil(L_, -1) ? "is missing; return a table" : "is not a table but a ",
            lua_isnil(L_, -1) ? "" : luaL_typename(L_, -1)
        );
        return false;
    }

    // That the table has these members only.
    void only(std::initializer_list<std::string_view> names) {
        lua_pushnil(L_);
        while (ok() && lua_next(L_, -2) != 0) {
            lua_pop(L_, 1);
            const std::string_view name = lua_type(L_, -1) == LUA_TSTRING ? text_at(-1) : std::string_view("(number)");
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                fail("has a member that is not known: ", name);
            }
        }
        if (!ok()) {
            lua_pop(L_, 1);
        }
    }

    void text(const char* name, std::string& to, bool wanted, std::size_t bytes_max = kNameBytesMax) {
        if (!get(name, LUA_TSTRING, "string", wanted)) {
            return;
        }
        const auto value = text_at(-1);
        if (value.size() > bytes_max || (wanted && value.empty())) {
            fail(value.empty() ? "has an empty " : "has too long a ", name);
        } else {
            to = value;
        }
        lua_pop(L_, 1);
    }

    void flag(const char* name, bool& to, bool wanted) {
        if (get(name, LUA_TBOOLEAN, "boolean", wanted)) {
            to = lua_toboolean(L_, -1) != 0;
            lua_pop(L_, 1);
        }
    }

    // False when it is absent.
    bool number(const char* name, double least, double most, double& to) {
        if (!get(name, LUA_TNUMBER, "number", false)) {
            return false;
        }
        const double value = lua_tonumber(L_, -1);
        lua_pop(L_, 1);
        if (!std::isfinite(value) || value < least || value > most) {
            fail("has a number out of range: ", name);
            return false;
        }
        to = value;
        return true;
    }

    // Leaves the member on the stack when it is there and of this type.
    bool get(const char* name, int type, const char* type_name, bool wanted) {
        if (!ok()) {
            return false;
        }
        lua_pushstring(L_, name);
        lua_rawget(L_, -2);
        if (lua_type(L_, -1) == type) {
            return true;
        }
        if (!lua_isnil(L_, -1) || wanted) {
            fail(lua_isnil(L_, -1) ? "lacks a " : "needs another type: a ", type_name, name);
        }
        lua_pop(L_, 1);
        return false;
    }

    void fail(std::string_view why, std::string_view detail = {}, std::string_view name = {}) {
        if (!ok()) {
            return;
        }
        error_.append(what_).append(" ").append(why).append(detail.substr(0, kNameBytesMax));
        if (!name.empty()) {
            error_.append(" \"").append(name).append("\"");
        }
    }

    [[nodiscard]] std::string_view text_at(int index) const {
        std::size_t size = 0;
        const char* text = lua_tolstring(L_, index, &size);
        return {text, size};
    }

private:
    lua_State* L_;
    const char* what_;
    DecisionError& error_;
};

void read_candidate(lua_State* L, Candidate& candidate, DecisionError& error, const char* what) {
    TableReader reader(L, what, error);
    if (!reader.is_table()) {
        return;
    }
    reader.only({"provider", "model", "weight", "timeout_ms", "retries", "region"});
    reader.text("provider", candidate.provider, true);
    reader.text("model", candidate.model, true);
    reader.number("weight", 0, kWeightMax, candidate.weight);
    double value = 0;
    if (reader.number("timeout_ms", 1, kTimeoutMsMax, value)) {
        candidate.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(value));
    }
    if (reader.number("retries", 0, kRetriesMax, value)) {
        candidate.retries = static_cast<int>(value);
    }
}

// Each member of the list on top of the stack; `read` finds it on top.
template <class Read>
void read_list(lua_State* L, std::size_t count_max, TableReader& reader, const char* name, Read read) {
    const std::size_t count = lua_objlen(L, -1);
    if (count > count_max) {
        reader.fail("has too many ", name);
    }
    for (std::size_t i = 1; i <= count && reader.ok(); ++i) {
        lua_rawgeti(L, -1, static_cast<int>(i));
        read();
        lua_pop(L, 1);
    }
}

// Each pair of the table on top of the stack; `read` gets the key and finds the value on top.
template <class Read>
void read_pairs(lua_State* L, std::size_t count_max, TableReader& reader, Read read) {
    std::size_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
        if (++count > count_max) {
            reader.fail("has too many members");
        } else if (lua_type(L, -2) != LUA_TSTRING || lua_objlen(L, -2) > kNameBytesMax) {
            reader.fail("has a member whose name is not a short string");
        }
        if (!reader.ok()) {
            lua_pop(L, 2);
            return;
        }
        read(reader.text_at(-2));
        lua_pop(L, 1);
    }
}

}  // namespace

bool read_decision(lua_State* L, AdmitDecision& decision, DecisionError& error) {
    TableReader reader(L, "the decision", error);
    if (!reader.is_table()) {
        return false;
    }
    reader.only({"allow", "code", "message", "limit_class"});
    reader.flag("allow", decision.allow, true);
    reader.text("code", decision.code, !decision.allow);
    reader.text("message", decision.message, !decision.allow, kMessageBytesMax);
    reader.text("limit_class", decision.limit_class, false);
    return reader.ok();
}

bool read_decision(lua_State* L, ExperimentDecision& decision, DecisionError& error) {
    TableReader reader(L, "the decision", error);
    if (!reader.is_table()) {
        return false;
    }
    read_pairs(L, kExperimentsMax, reader, [&](std::string_view name) {
        const int type = lua_type(L, -1);
        if (type != LUA_TBOOLEAN && (type != LUA_TSTRING || lua_objlen(L, -1) > kNameBytesMax)) {
            reader.fail("says neither true, false nor an arm for ", name);
            return;
        }
        auto& choice = decision.choices.emplace_back();
        choice.experiment = name;
        choice.eligible = lua_toboolean(L, -1) != 0;
        if (type == LUA_TSTRING) {
            choice.arm = reader.text_at(-1);
        }
    });
    std::sort(decision.choices.begin(), decision.choices.end(), [](const auto& a, const auto& b) {
        return a.experiment < b.experiment;
    });
    return reader.ok();
}

bool read_decision(lua_State* L, RouteDecision& decision, DecisionError& error) {
    TableReader reader(L, "the decision", error);
    if (!reader.is_table()) {
        return false;
    }
    reader.only({"candidates", "transforms"});
    if (reader.get("candidates", LUA_TTABLE, "table", true)) {
        read_list(L, kCandidatesMax, reader, "candidates", [&] {
            read_candidate(L, decision.candidates.emplace_back(), error, "a candidate");
        });
        if (decision.candidates.empty()) {
            reader.fail("has no candidates; return at least one, or let admit refuse the call");
        }
        lua_pop(L, 1);
    }
    if (reader.get("transforms", LUA_TTABLE, "table", false)) {
        read_list(L, kTransformsMax, reader, "transforms", [&] {
            if (lua_type(L, -1) != LUA_TSTRING || lua_objlen(L, -1) > kNameBytesMax) {
                reader.fail("has a transform that is not a short string");
                return;
            }
            decision.transforms.emplace_back(reader.text_at(-1));
        });
        lua_pop(L, 1);
    }
    return reader.ok();
}

bool read_decision(lua_State* L, FallbackDecision& decision, DecisionError& error) {
    TableReader reader(L, "the decision", error);
    if (!reader.is_table()) {
        return false;
    }
    bool stop = false;
    reader.flag("stop", stop, false);
    if (stop) {
        reader.only({"stop"});
        return reader.ok();
    }
    read_candidate(L, decision.next.emplace(), error, "the decision");
    return reader.ok();
}

bool read_decision(lua_State* L, LabelDecision& decision, DecisionError& error) {
    TableReader reader(L, "the decision", error);
    if (!reader.is_table()) {
        return false;
    }
    read_pairs(L, kLabelsMax, reader, [&](std::string_view name) {
        if (lua_type(L, -1) != LUA_TSTRING || lua_objlen(L, -1) > kNameBytesMax) {
            reader.fail("has no short string for ", name);
            return;
        }
        decision.labels.emplace_back(name, reader.text_at(-1));
    });
    std::sort(decision.labels.begin(), decision.labels.end());
    return reader.ok();
}

}  // namespace aihub::policy
