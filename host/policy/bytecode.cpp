#include "policy/bytecode.hpp"

#include "policy/meter.hpp"

#include <lua.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace aihub::policy {

namespace {

// The format is described at the top of lj_bcdump.h in LuaJIT's source; 2 is that of LuaJIT 2.1.
constexpr std::string_view kSignature = "\x1bLJ\x02";
constexpr std::uint64_t kStripped = 0x02;
constexpr std::size_t kInstructionBytes = 4;
constexpr std::uint64_t kStringsFrom = 5;  // a constant of this type or above is a string of (type - 5) bytes
constexpr std::uint64_t kLinesOfOneByte = 256;
constexpr std::uint64_t kLinesOfTwoBytes = 65536;

enum ConstantType : std::uint64_t { child = 0, table = 1, int64 = 2, uint64 = 3, complex = 4 };
enum TableItemType : std::uint64_t { integer = 3, number = 4 };

// Reads what lua_dump wrote. Behind the end everything is 0 and ok() false.
class DumpReader {
public:
    explicit DumpReader(std::string_view bytes) : bytes_(bytes) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::string_view take(std::uint64_t count) {
        if (count > bytes_.size()) {
            ok_ = false;
            bytes_ = {};
            return {};
        }
        const auto taken = bytes_.substr(0, count);
        bytes_.remove_prefix(count);
        return taken;
    }
    std::uint64_t byte() {
        const auto taken = take(1);
        return taken.empty() ? 0 : static_cast<unsigned char>(taken.front());
    }
    // ULEB128
    std::uint64_t number() {
        constexpr unsigned kShiftMax = 63;
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift <= kShiftMax; shift += 7) {
            const auto part = byte();
            value |= (part & 0x7fU) << shift;
            if ((part & 0x80U) == 0) {
                break;
            }
        }
        return value;
    }

private:
    std::string_view bytes_;
    bool ok_ = true;
};

struct Instruction {
    std::uint64_t operation;
    std::uint64_t a;
    std::uint64_t b;
    std::uint64_t c;
    std::uint64_t d;
};

Instruction instruction(std::string_view code, std::size_t index) {
    const auto at = [&](std::size_t i) {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(code[index * kInstructionBytes + i]));
    };
    return {at(0), at(1), at(3), at(2), at(2) | at(3) << 8U};
}

struct Constant {
    std::string_view text;                                               // "" for what is no string
    std::vector<std::pair<std::string_view, std::string_view>> members;  // of a table: those that are text by text
};

// One function of the dump.
struct Function {
    std::string_view code;
    std::vector<Constant> constants;
    std::string_view line_offsets;
    std::uint64_t first_line = 0;
    std::size_t line_bytes = 1;

    [[nodiscard]] std::size_t size() const { return code.size() / kInstructionBytes; }
    [[nodiscard]] int line(std::size_t index) const {
        std::uint64_t offset = 0;
        for (std::size_t i = line_bytes; i-- > 0;) {
            offset = offset << 8U | static_cast<unsigned char>(line_offsets[index * line_bytes + i]);
        }
        return static_cast<int>(first_line + offset);
    }
    // The constant that an instruction names: they are counted from the end.
    [[nodiscard]] const Constant& constant(std::uint64_t d) const {
        static const Constant kNone;
        return d < constants.size() ? constants[constants.size() - 1 - d] : kNone;
    }
    [[nodiscard]] std::string_view text(std::uint64_t d) const { return constant(d).text; }
};

// Its text; "" when it is none.
std::string_view read_table_item(DumpReader& in) {
    const auto type = in.number();
    if (type >= kStringsFrom) {
        return in.take(type - kStringsFrom);
    }
    if (type == TableItemType::integer) {
        (void)in.number();
    } else if (type == TableItemType::number) {
        (void)in.number();
        (void)in.number();
    }
    return {};
}

Constant read_constant(DumpReader& in) {
    Constant constant;
    const auto type = in.number();
    if (type >= kStringsFrom) {
        constant.text = in.take(type - kStringsFrom);
        return constant;
    }
    if (type == ConstantType::table) {
        const auto array = in.number();
        const auto hash = in.number();
        for (std::uint64_t i = 0; i < array && in.ok(); ++i) {
            (void)read_table_item(in);
        }
        for (std::uint64_t i = 0; i < hash && in.ok(); ++i) {
            const auto name = read_table_item(in);
            const auto value = read_table_item(in);
            if (!name.empty() && !value.empty()) {
                constant.members.emplace_back(name, value);
            }
        }
        // They come as they lie in memory.
        std::ranges::sort(constant.members);
    } else if (type != ConstantType::child) {
        for (std::uint64_t i = 0; i < (type == ConstantType::complex ? 4U : 2U); ++i) {
            (void)in.number();
        }
    }
    return constant;
}

// nullopt: it is not as expected.
std::optional<Function> read_function(std::string_view bytes) {
    DumpReader in(bytes);
    Function function;
    (void)in.take(3);  // flags, parameters, frame
    const auto upvalues = in.byte();
    const auto constants = in.number();
    (void)in.number();  // numbers among the constants
    const auto instructions = in.number();
    const auto debug_bytes = in.number();
    function.first_line = in.number();
    const auto lines = in.number();
    if (lines >= kLinesOfOneByte) {
        function.line_bytes = lines < kLinesOfTwoBytes ? 2 : 4;
    }
    function.code = in.take(instructions * kInstructionBytes);
    (void)in.take(upvalues * 2);
    for (std::uint64_t i = 0; i < constants && in.ok(); ++i) {
        function.constants.push_back(read_constant(in));
    }
    if (!in.ok() || debug_bytes > bytes.size() || instructions * function.line_bytes > debug_bytes) {
        return std::nullopt;
    }
    function.line_offsets = bytes.substr(bytes.size() - debug_bytes, instructions * function.line_bytes);
    return function;
}

std::optional<std::vector<Function>> read_dump(std::string_view dump) {
    DumpReader in(dump);
    std::vector<Function> functions;
    if (in.take(kSignature.size()) != kSignature || (in.number() & kStripped) != 0) {
        return std::nullopt;
    }
    (void)in.take(in.number());  // the name of the file
    while (const auto size = in.number()) {
        auto function = read_function(in.take(size));
        if (!function) {
            return std::nullopt;
        }
        functions.push_back(*std::move(function));
    }
    return in.ok() ? std::optional(std::move(functions)) : std::nullopt;
}

int append(lua_State* /*lua*/, const void* bytes, std::size_t size, void* to) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
    return 0;
}

struct Job {
    const SourceFile& file;
    std::string dump;
};

int compile_protected(lua_State* lua) {
    auto& job = *static_cast<Job*>(lua_touserdata(lua, 1));
    lua_pushfstring(lua, "@%s", job.file.name.c_str());
    const auto& text = job.file.text;
    if (luaL_loadbufferx(lua, text.data(), text.size(), lua_tolstring(lua, -1, nullptr), "t") != 0) {
        return lua_error(lua);
    }
    lua_dump(lua, append, &job.dump);
    return 0;
}

Result<std::string> dump_of(const SourceFile& file) {
    StateLimits limits;
    limits.block_bytes_max = limits.memory_hard_bytes;  // nothing runs
    Meter meter(limits);
    lua_State* lua = lua_newstate(&Meter::allocate, &meter);
    if (lua == nullptr) {
        return Error{Errc::unavailable, "no memory to compile " + file.name};
    }
    Job job{file, {}};
    Result<std::string> result(std::string{});
    if (lua_cpcall(lua, compile_protected, &job) == 0) {
        result = std::move(job.dump);
    } else {
        const char* why = lua_tolstring(lua, -1, nullptr);
        result = Error{Errc::invalid_request, why == nullptr ? file.name + " cannot be compiled" : why};
    }
    lua_close(lua);
    return result;
}

// The instruction at `index` of what `source` compiles to, and the function that it stands in.
struct Probe {
    std::string dump;
    std::vector<Function> functions;
    Instruction found{};
    bool good = false;
};

Probe probe(const char* source, std::size_t index) {
    Probe made;
    auto dump = dump_of({"probe.lua", source});
    if (!dump) {
        return made;
    }
    made.dump = *std::move(dump);
    if (auto functions = read_dump(made.dump)) {
        made.functions = *std::move(functions);
        made.good = made.functions.size() == 1 && made.functions.front().size() > index;
    }
    if (made.good) {
        made.found = instruction(made.functions.front().code, index);
    }
    return made;
}

constexpr std::string_view kProbe = "probe";
constexpr std::uint64_t kNoOperation = 256;

// The operation at `index`, when it names "probe" where `Place` of the instruction says.
template <std::uint64_t Instruction::*Place>
std::uint64_t operation_naming(const char* source, std::size_t index) {
    const auto made = probe(source, index);
    const bool good = made.good && made.functions.front().text(made.found.*Place) == kProbe;
    return good ? made.found.operation : kNoOperation;
}

// Operations have other numbers in other versions, so they are looked up in what is known to have them.
struct Operations {
    std::uint64_t get_global = operation_naming<&Instruction::d>("return probe", 0);
    std::uint64_t set_global = operation_naming<&Instruction::d>("probe = 1", 1);
    std::uint64_t get_member = operation_naming<&Instruction::c>("local t = ... return t.probe, 1", 1);
    std::uint64_t set_member = operation_naming<&Instruction::c>("local t = ... t.probe = 1", 2);
    std::uint64_t load_text = operation_naming<&Instruction::d>("local t = 'probe' return t, t", 0);
    std::uint64_t is_equal = operation_naming<&Instruction::d>("local t = ... if t ~= 'probe' then t() end", 1);
    std::uint64_t is_other = operation_naming<&Instruction::d>("local t = ... if t == 'probe' then t() end", 1);
    std::uint64_t copy_table = kNoOperation;
    std::uint64_t move = kNoOperation;
    std::uint64_t call = kNoOperation;
    std::uint64_t tail_call = kNoOperation;
    std::uint64_t argument = 1;  // how far behind the function the first one is

    Operations() {
        if (const auto made = probe("return { probe = 'x' }", 0); made.good) {
            const auto& members = made.functions.front().constant(made.found.d).members;
            copy_table = members.size() == 1 && members[0].first == kProbe ? made.found.operation : kNoOperation;
        }
        if (const auto made = probe("local a = ... local b = a return b, b", 1); made.good) {
            move = made.found.a == 1 && made.found.d == 0 ? made.found.operation : kNoOperation;
        }
        const auto text = probe("local f = ... f('probe')", 2);
        const auto called = probe("local f = ... f('probe')", 3);
        const auto ended = probe("local f = ... return f('probe')", 3);
        if (text.good && called.good && ended.good && text.found.operation == load_text) {
            call = called.found.operation;
            tail_call = ended.found.operation;
            argument = text.found.a - called.found.a;
        }
    }

    [[nodiscard]] bool known() const {
        for (const auto one :
             {get_global,
              set_global,
              get_member,
              set_member,
              load_text,
              is_equal,
              is_other,
              copy_table,
              move,
              call,
              tail_call}) {
            if (one == kNoOperation) {
                return false;
            }
        }
        return true;
    }
};

// Follows through one function what its registers hold, instruction by instruction as they stand. Branches are not
// looked at: a text that can get somewhere on one way is named there.
class NameFinder {
public:
    NameFinder(const Function& function, const Operations& operations, std::vector<NameUse>& to)
        : function_(function), operations_(operations), found_(to) {}

    void visit(const Instruction& here, int line) {
        if (here.operation == operations_.is_equal || here.operation == operations_.is_other) {
            if (slots_[here.a].kind == Kind::member) {
                note_member(slots_[here.a].text, function_.text(here.d), line);
            }
            return;
        }
        if (here.operation == operations_.set_member) {
            if (slots_[here.a].kind == Kind::text) {
                note_member(function_.text(here.c), slots_[here.a].text, line);
            }
            return;
        }
        if (here.operation == operations_.copy_table) {
            for (const auto& [name, value] : function_.constant(here.d).members) {
                note_member(name, value, line);
            }
        } else if (here.operation == operations_.call || here.operation == operations_.tail_call) {
            note_call(here.a, line);
        } else if (here.operation == operations_.get_member) {
            const auto name = function_.text(here.c);
            if (slots_[here.b].kind == Kind::member && slots_[here.b].text == "assignments") {
                note(Named::experiment, name, line);
            }
            const bool of_aihub = slots_[here.b].kind == Kind::global && slots_[here.b].text == "aihub";
            slots_[here.a] = {of_aihub ? Kind::function : Kind::member, name};
            return;
        }
        slots_[here.a] = result(here);
    }

private:
    enum class Kind {
        unknown,
        text,      // is `text`
        global,    // the variable `text`
        function,  // aihub.`text`
        member     // what some table has as `text`
    };
    struct Slot {
        Kind kind = Kind::unknown;
        std::string_view text;
    };

    [[nodiscard]] Slot result(const Instruction& here) const {
        if (here.operation == operations_.get_global) {
            return {Kind::global, function_.text(here.d)};
        }
        if (here.operation == operations_.load_text) {
            return {Kind::text, function_.text(here.d)};
        }
        return here.operation == operations_.move ? slots_[here.d % slots_.size()] : Slot();
    }

    void note_call(std::uint64_t function, int line) {
        const auto argument = function + operations_.argument;
        if (slots_[function].kind != Kind::function || argument >= slots_.size() ||
            slots_[argument].kind != Kind::text) {
            return;
        }
        const auto name = slots_[function].text;
        const auto text = slots_[argument].text;
        if (name == "provider") {
            note(Named::provider, text, line);
        } else if (name == "table") {
            note(Named::data, text, line);
        } else if (name == "require") {
            note(Named::module, text, line);
        }
    }

    void note_member(std::string_view member, std::string_view text, int line) {
        if (member == "provider") {
            note(Named::provider, text, line);
        } else if (member == "model") {
            note(Named::model, text, line);
        }
    }

    void note(Named kind, std::string_view name, int line) {
        if (!name.empty()) {
            found_.push_back({kind, std::string(name), line});
        }
    }

    const Function& function_;
    const Operations& operations_;
    std::vector<NameUse>& found_;
    std::array<Slot, 256> slots_{};  // a register is one byte of an instruction
};

}  // namespace

Result<CompiledFile> compile_file(const SourceFile& file) {
    const auto dump = AIHUB_TRY(dump_of(file));
    const auto functions = read_dump(dump);
    const Operations operations;
    if (!functions || !operations.known()) {
        return Error{Errc::internal, "this build of LuaJIT compiles to a format that is not known here"};
    }
    CompiledFile compiled;
    for (const auto& function : *functions) {
        NameFinder names(function, operations, compiled.names);
        for (std::size_t i = 0; i < function.size(); ++i) {
            const auto here = instruction(function.code, i);
            const int line = function.line(i);
            compiled.lines.push_back(line);
            names.visit(here, line);
            if (here.operation == operations.get_global || here.operation == operations.set_global) {
                compiled.globals.push_back(
                    {std::string(function.text(here.d)), line, here.operation == operations.set_global}
                );
            }
        }
    }
    std::ranges::sort(compiled.lines);
    compiled.lines.erase(std::unique(compiled.lines.begin(), compiled.lines.end()), compiled.lines.end());
    return compiled;
}

}  // namespace aihub::policy
