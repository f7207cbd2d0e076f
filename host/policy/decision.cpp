#include "policy/decision.hpp"

#include "policy/money_library.hpp"

#include <lua.hpp>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace aihub::policy {

namespace {

constexpr double kWeightMax = 1e6;
constexpr double kTimeoutMsMax = 24.0 * 3600 * 1000;
constexpr double kRetriesMax = 10;
constexpr double kWholeMax = 9007199254740992;  // 2^53: up to it every whole number is one of Lua
constexpr std::size_t kCurrencyBytesLeast = 3;
constexpr std::size_t kCurrencyBytesMax = 16;

// What a table may hold, and must where `wanted`.
struct Member {
    std::string_view name;
    int type;
    bool wanted = false;
};

const char* type_word(int type) {
    switch (type) {
        case LUA_TSTRING:
            return "string";
        case LUA_TBOOLEAN:
            return "boolean";
        case LUA_TNUMBER:
            return "number";
        case LUA_TUSERDATA:
            return "money";
        default:
            return "table";
    }
}

// Reads one table on top of the stack. The first error is kept; the reads behind it do nothing.
//
// Nothing here has a destructor: a Lua error for lack of memory may leave any of it at any point.
class TableReader {
public:
    TableReader(lua_State* lua, const char* what, DecisionError& error) : state_(lua), what_(what), error_(error) {}

    [[nodiscard]] bool ok() const { return error_.empty(); }

    bool is_table() {
        if (lua_type(state_, -1) == LUA_TTABLE) {
            return true;
        }
        if (lua_isnil(state_, -1)) {
            fail("is missing; return a table");
        } else {
            fail("is not a table but a ", luaL_typename(state_, -1));
        }
        return false;
    }

    // Goes over the table once. `read` gets the place in `known` of each member and finds the value on top.
    template <std::size_t Count, class Read>
    void members(const Member (&known)[Count], Read read) {
        unsigned seen = 0;
        lua_pushnil(state_);
        while (lua_next(state_, -2) != 0) {
            const std::size_t at = place(known, Count);
            if (at < Count) {
                seen |= 1U << at;
                read(at);
            }
            if (!ok()) {
                lua_pop(state_, 2);
                return;
            }
            lua_pop(state_, 1);
        }
        for (std::size_t i = 0; i < Count; ++i) {
            if (known[i].wanted && (seen >> i & 1U) == 0) {
                lacks(known[i]);
            }
        }
    }

    void lacks(const Member& member) { fail("lacks a ", type_word(member.type), member.name); }

    // The value on top.
    void take_text(std::string_view name, std::string& to, std::size_t bytes_max = kNameBytesMax) {
        const auto value = text_at(-1);
        if (value.size() > bytes_max) {
            fail("has too long a ", name);
        } else {
            to = value;
        }
    }

    void take_number(std::string_view name, double least, double most, double& to) {
        const double value = lua_tonumber(state_, -1);
        if (!std::isfinite(value) || value < least || value > most) {
            fail("has a number out of range: ", name);
        } else {
            to = value;
        }
    }

    void take_whole(std::string_view name, double least, std::int64_t& to) {
        double value = 0;
        take_number(name, least, kWholeMax, value);
        if (ok() && value != std::floor(value)) {
            fail("has a number that is not whole: ", name);
        }
        to = static_cast<std::int64_t>(value);
    }

    void take_money(std::string_view name, Amount& to) {
        if (!money_at(state_, -1, to)) {
            fail("has no aihub.money: ", name);
        }
    }

    void not_empty(std::string_view name, const std::string& text) {
        if (text.empty()) {
            fail("has an empty ", name);
        }
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
        const char* text = lua_tolstring(state_, index, &size);
        return {text, size};
    }

private:
    // Of the pair on top; `count` and an error when the name is not known or the value has another type.
    std::size_t place(const Member* known, std::size_t count) {
        const auto name = lua_type(state_, -2) == LUA_TSTRING ? text_at(-2) : std::string_view("(number)");
        for (std::size_t i = 0; i < count; ++i) {
            if (known[i].name == name) {
                if (lua_type(state_, -1) == known[i].type) {
                    return i;
                }
                fail("needs another type: a ", type_word(known[i].type), name);
                return count;
            }
        }
        fail("has a member that is not known: ", name);
        return count;
    }

    lua_State* state_;
    const char* what_;
    DecisionError& error_;
};

void read_candidate(lua_State* lua, Candidate& candidate, DecisionError& error, const char* what) {
    enum Place : std::size_t { provider, model, weight, timeout, retries, region };
    static constexpr Member kMembers[] = {
        {"provider", LUA_TSTRING, true},
        {"model", LUA_TSTRING, true},
        {"weight", LUA_TNUMBER},
        {"timeout_ms", LUA_TNUMBER},
        {"retries", LUA_TNUMBER},
        {"region", LUA_TSTRING}};
    TableReader reader(lua, what, error);
    if (!reader.is_table()) {
        return;
    }
    reader.members(kMembers, [&](std::size_t at) {
        double value = 0;
        switch (at) {
            case provider:
                reader.take_text("provider", candidate.provider);
                reader.not_empty("provider", candidate.provider);
                break;
            case model:
                reader.take_text("model", candidate.model);
                reader.not_empty("model", candidate.model);
                break;
            case weight:
                reader.take_number("weight", 0, kWeightMax, candidate.weight);
                break;
            case timeout:
                reader.take_number("timeout_ms", 1, kTimeoutMsMax, value);
                candidate.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(value));
                break;
            case retries:
                reader.take_number("retries", 0, kRetriesMax, value);
                candidate.retries = static_cast<int>(value);
                break;
            default:
                break;
        }
    });
}

// Whether the table on top of the stack has members with names: then it is one thing where a list of them belongs, and
// read as a list it would be empty.
bool has_names(lua_State* lua) {
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        lua_pop(lua, 1);
        if (lua_type(lua, -1) != LUA_TNUMBER) {
            lua_pop(lua, 1);
            return true;
        }
    }
    return false;
}

// Each member of the list on top of the stack; `read` finds it on top.
template <class Read>
void read_list(lua_State* lua, std::size_t count_max, TableReader& reader, const char* name, Read read) {
    const std::size_t count = lua_objlen(lua, -1);
    if (count > count_max) {
        reader.fail("has too many ", name);
    } else if (has_names(lua)) {
        reader.fail("has names where a list belongs; write { { ... }, { ... } } for its ", name);
    }
    for (std::size_t i = 1; i <= count && reader.ok(); ++i) {
        lua_rawgeti(lua, -1, static_cast<int>(i));
        read();
        lua_pop(lua, 1);
    }
}

// Each pair of the table on top of the stack; `read` gets the key and finds the value on top.
template <class Read>
void read_pairs(lua_State* lua, std::size_t count_max, TableReader& reader, Read read) {
    std::size_t count = 0;
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        if (++count > count_max) {
            reader.fail("has too many members");
        } else if (lua_type(lua, -2) != LUA_TSTRING || lua_objlen(lua, -2) > kNameBytesMax) {
            reader.fail("has a member whose name is not a short string");
        }
        if (!reader.ok()) {
            lua_pop(lua, 2);
            return;
        }
        read(reader.text_at(-2));
        lua_pop(lua, 1);
    }
}

void check_currency(const std::string& currency, TableReader& reader) {
    const bool letters = std::all_of(currency.begin(), currency.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!letters || currency.size() < kCurrencyBytesLeast || currency.size() > kCurrencyBytesMax) {
        reader.fail("has a currency that is not 3 to 16 capital letters, digits or _");
    }
}

// Sets the amount, or compares it, when there is a unit.
void check_amount(PriceLine& line, bool has_amount, TableReader& reader) {
    if (!line.unit) {
        if (!has_amount) {
            reader.fail("lacks a money \"amount\" or \"unit\"");
        }
        return;
    }
    const auto product = line.unit->times(line.quantity, line.unit_size);
    if (!product) {
        reader.fail("cannot be computed: ", product.error().message);
    } else if (has_amount && line.amount != *product) {
        const auto detail = line.kind + " is " + line.amount.text() + ", but unit * quantity / unit_size is " +
                            product->text() + "; leave the amount out, or the unit";
        reader.fail("has another amount than its unit says: ", detail);
    } else {
        line.amount = *product;
    }
}

void read_line(lua_State* lua, PriceLine& line, DecisionError& error) {
    enum Place : std::size_t { kind, quantity, unit, unit_size, amount };
    static constexpr Member kMembers[] = {
        {"kind", LUA_TSTRING, true},
        {"quantity", LUA_TNUMBER, true},
        {"unit", LUA_TUSERDATA},
        {"unit_size", LUA_TNUMBER},
        {"amount", LUA_TUSERDATA}};
    TableReader reader(lua, "a line", error);
    if (!reader.is_table()) {
        return;
    }
    bool has_amount = false;
    reader.members(kMembers, [&](std::size_t at) {
        switch (at) {
            case kind:
                reader.take_text("kind", line.kind);
                reader.not_empty("kind", line.kind);
                break;
            case quantity:
                reader.take_whole("quantity", 0, line.quantity);
                break;
            case unit:
                reader.take_money("unit", line.unit.emplace());
                break;
            case unit_size:
                reader.take_whole("unit_size", 1, line.unit_size);
                break;
            default:
                reader.take_money("amount", line.amount);
                has_amount = true;
                break;
        }
    });
    if (reader.ok()) {
        check_amount(line, has_amount, reader);
    }
}

void add_up(PriceDecision& decision, TableReader& reader) {
    for (const auto& line : decision.lines) {
        const auto sum = decision.total.plus(line.amount);
        if (!sum) {
            reader.fail("cannot be added up: ", sum.error().message);
            return;
        }
        decision.total = *sum;
    }
    if (decision.total.is_negative()) {
        reader.fail("adds up to less than nothing: ", decision.total.text());
    }
}

void read_span(lua_State* lua, GuardDecision& decision, DecisionError& error) {
    static constexpr Member kMembers[] = {
        {"first", LUA_TNUMBER, true}, {"last", LUA_TNUMBER, true}, {"with", LUA_TSTRING}};
    TableReader reader(lua, "a span", error);
    if (!reader.is_table()) {
        return;
    }
    const auto before = decision.spans.empty() ? 0 : decision.spans.back().end;
    auto& span = decision.spans.emplace_back();
    std::int64_t first = 0;
    std::int64_t last = 0;
    reader.members(kMembers, [&](std::size_t at) {
        if (at == 0) {
            reader.take_whole("first", 1, first);
        } else if (at == 1) {
            reader.take_whole("last", 1, last);
        } else {
            reader.take_text("with", span.with);
        }
    });
    span.begin = static_cast<std::size_t>(std::max<std::int64_t>(first, 1) - 1);
    span.end = static_cast<std::size_t>(last);
    if (reader.ok() && (span.end <= span.begin || span.begin < before)) {
        reader.fail("is empty or begins before the one in front of it has ended");
    }
}

void check_guard(const GuardDecision& decision, TableReader& reader) {
    const bool block = decision.action == GuardDecision::Action::block;
    const bool redact = decision.action == GuardDecision::Action::redact;
    if (block && (decision.code.empty() || decision.message.empty())) {
        reader.fail("blocks without a code or a message");
    } else if (!block && (!decision.code.empty() || !decision.message.empty())) {
        reader.fail("has a code or a message and does not block");
    } else if (redact == decision.spans.empty()) {
        reader.fail(redact ? "redacts without spans" : "has spans and does not redact");
    }
}

}  // namespace

bool read_decision(lua_State* lua, AdmitDecision& decision, DecisionError& error) {
    enum Place : std::size_t { allow, code, message, limit_class };
    static constexpr Member kMembers[] = {
        {"allow", LUA_TBOOLEAN, true}, {"code", LUA_TSTRING}, {"message", LUA_TSTRING}, {"limit_class", LUA_TSTRING}};
    TableReader reader(lua, "the decision", error);
    if (!reader.is_table()) {
        return false;
    }
    reader.members(kMembers, [&](std::size_t at) {
        switch (at) {
            case allow:
                decision.allow = lua_toboolean(lua, -1) != 0;
                break;
            case code:
                reader.take_text("code", decision.code);
                break;
            case message:
                reader.take_text("message", decision.message, kMessageBytesMax);
                break;
            default:
                reader.take_text("limit_class", decision.limit_class);
                break;
        }
    });
    if (!decision.allow && decision.code.empty()) {
        reader.lacks(kMembers[code]);
    }
    if (!decision.allow && decision.message.empty()) {
        reader.lacks(kMembers[message]);
    }
    return reader.ok();
}

bool read_decision(lua_State* lua, ExperimentDecision& decision, DecisionError& error) {
    TableReader reader(lua, "the decision", error);
    if (!reader.is_table()) {
        return false;
    }
    read_pairs(lua, kExperimentsMax, reader, [&](std::string_view name) {
        const int type = lua_type(lua, -1);
        if (type != LUA_TBOOLEAN && (type != LUA_TSTRING || lua_objlen(lua, -1) > kNameBytesMax)) {
            reader.fail("says neither true, false nor an arm for ", name);
            return;
        }
        auto& choice = decision.choices.emplace_back();
        choice.experiment = name;
        choice.eligible = lua_toboolean(lua, -1) != 0;
        if (type == LUA_TSTRING) {
            choice.arm = reader.text_at(-1);
        }
    });
    std::sort(decision.choices.begin(), decision.choices.end(), [](const auto& a, const auto& b) {
        return a.experiment < b.experiment;
    });
    return reader.ok();
}

bool read_decision(lua_State* lua, RouteDecision& decision, DecisionError& error) {
    enum Place : std::size_t { candidates, transforms, balance };
    static constexpr Member kMembers[] = {
        {"candidates", LUA_TTABLE, true}, {"transforms", LUA_TTABLE}, {"balance", LUA_TSTRING}};
    TableReader reader(lua, "the decision", error);
    if (!reader.is_table()) {
        return false;
    }
    const auto read_one_candidate = [&] {
        read_candidate(lua, decision.candidates.emplace_back(), error, "a candidate");
    };
    const auto read_transform = [&] {
        if (lua_type(lua, -1) != LUA_TSTRING || lua_objlen(lua, -1) > kNameBytesMax) {
            reader.fail("has a transform that is not a short string");
            return;
        }
        decision.transforms.emplace_back(reader.text_at(-1));
    };
    const auto read_balance = [&] {
        const auto balance = reader.text_at(-1);
        decision.weighted = balance == "weighted";
        if (!decision.weighted && balance != "order") {
            reader.fail("has a balance that is neither \"order\" nor \"weighted\"");
        }
    };
    reader.members(kMembers, [&](std::size_t at) {
        if (at == candidates) {
            read_list(lua, kCandidatesMax, reader, "candidates", read_one_candidate);
        } else if (at == transforms) {
            read_list(lua, kTransformsMax, reader, "transforms", read_transform);
        } else {
            read_balance();
        }
    });
    if (reader.ok() && decision.candidates.empty()) {
        reader.fail("has no candidates; return at least one, or let admit refuse the call");
    }
    return reader.ok();
}

bool read_decision(lua_State* lua, FallbackDecision& decision, DecisionError& error) {
    static constexpr Member kMembers[] = {{"stop", LUA_TBOOLEAN, true}};
    TableReader reader(lua, "the decision", error);
    if (!reader.is_table()) {
        return false;
    }
    lua_pushliteral(lua, "stop");
    lua_rawget(lua, -2);
    const bool stop = lua_toboolean(lua, -1) != 0;
    lua_pop(lua, 1);
    if (stop) {
        reader.members(kMembers, [](std::size_t /*at*/) {});
    } else {
        read_candidate(lua, decision.next.emplace(), error, "the decision");
    }
    return reader.ok();
}

bool read_decision(lua_State* lua, GuardDecision& decision, DecisionError& error) {
    enum Place : std::size_t { action, code, message, spans };
    static constexpr Member kMembers[] = {
        {"action", LUA_TSTRING, true}, {"code", LUA_TSTRING}, {"message", LUA_TSTRING}, {"spans", LUA_TTABLE}};
    static constexpr std::string_view kActions[] = {"pass", "block", "redact"};  // as GuardDecision::Action
    TableReader reader(lua, "the decision", error);
    if (!reader.is_table()) {
        return false;
    }
    reader.members(kMembers, [&](std::size_t at) {
        if (at == action) {
            const auto* const found = std::find(std::begin(kActions), std::end(kActions), reader.text_at(-1));
            if (found == std::end(kActions)) {
                reader.fail("has an action that is not pass, block or redact");
                return;
            }
            decision.action = static_cast<GuardDecision::Action>(found - std::begin(kActions));
        } else if (at == code) {
            reader.take_text("code", decision.code);
        } else if (at == message) {
            reader.take_text("message", decision.message, kMessageBytesMax);
        } else {
            read_list(lua, kSpansMax, reader, "spans", [&] { read_span(lua, decision, error); });
        }
    });
    if (reader.ok()) {
        check_guard(decision, reader);
    }
    return reader.ok();
}

bool read_decision(lua_State* lua, PriceDecision& decision, DecisionError& error) {
    enum Place : std::size_t { currency, lines };
    static constexpr Member kMembers[] = {{"currency", LUA_TSTRING, true}, {"lines", LUA_TTABLE, true}};
    TableReader reader(lua, "the decision", error);
    if (!reader.is_table()) {
        return false;
    }
    reader.members(kMembers, [&](std::size_t at) {
        if (at == currency) {
            reader.take_text("currency", decision.currency);
            check_currency(decision.currency, reader);
        } else {
            read_list(lua, kPriceLinesMax, reader, "lines", [&] {
                read_line(lua, decision.lines.emplace_back(), error);
            });
        }
    });
    if (reader.ok()) {
        add_up(decision, reader);
    }
    return reader.ok();
}

bool read_decision(lua_State* lua, LabelDecision& decision, DecisionError& error) {
    TableReader reader(lua, "the decision", error);
    if (!reader.is_table()) {
        return false;
    }
    read_pairs(lua, kLabelsMax, reader, [&](std::string_view name) {
        if (lua_type(lua, -1) != LUA_TSTRING || lua_objlen(lua, -1) > kNameBytesMax) {
            reader.fail("has no short string for ", name);
            return;
        }
        decision.labels.emplace_back(name, reader.text_at(-1));
    });
    std::sort(decision.labels.begin(), decision.labels.end());
    return reader.ok();
}

}  // namespace aihub::policy
