#include "policy/bytecode.hpp"

#include "policy/meter.hpp"

#include <lua.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

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
    std::uint64_t d;
};

Instruction instruction(std::string_view code, std::size_t index) {
    const auto at = [&](std::size_t i) {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(code[index * kInstructionBytes + i]));
    };
    return {at(0), at(2) | at(3) << 8U};
}

// One function of the dump.
struct Function {
    std::string_view code;
    std::vector<std::string_view> constants;  // "" for those that are no strings
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
    [[nodiscard]] std::string_view constant(std::uint64_t d) const {
        return d < constants.size() ? constants[constants.size() - 1 - d] : std::string_view();
    }
};

void skip_table_item(DumpReader& in) {
    const auto type = in.number();
    if (type >= kStringsFrom) {
        (void)in.take(type - kStringsFrom);
    } else if (type == TableItemType::integer) {
        (void)in.number();
    } else if (type == TableItemType::number) {
        (void)in.number();
        (void)in.number();
    }
}

std::string_view read_constant(DumpReader& in) {
    const auto type = in.number();
    if (type >= kStringsFrom) {
        return in.take(type - kStringsFrom);
    }
    if (type == ConstantType::table) {
        const auto array = in.number();
        const auto hash = in.number();
        for (std::uint64_t i = 0; i < array + 2 * hash && in.ok(); ++i) {
            skip_table_item(in);
        }
    } else if (type != ConstantType::child) {
        for (std::uint64_t i = 0; i < (type == ConstantType::complex ? 4U : 2U); ++i) {
            (void)in.number();
        }
    }
    return {};
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

// The operations that read and write globals have other numbers in other versions, so they are looked up: the first of
// `return x`, and the second of `x = 1`.
std::optional<std::uint64_t> operation_of(const char* source, std::size_t index) {
    const auto dump = dump_of({"probe.lua", source});
    const auto functions = dump ? read_dump(*dump) : std::nullopt;
    if (!functions || functions->size() != 1 || functions->front().size() <= index) {
        return std::nullopt;
    }
    const auto found = instruction(functions->front().code, index);
    return functions->front().constant(found.d) == "probe" ? std::optional(found.operation) : std::nullopt;
}

}  // namespace

Result<CompiledFile> compile_file(const SourceFile& file) {
    const auto dump = AIHUB_TRY(dump_of(file));
    const auto functions = read_dump(dump);
    const auto get = operation_of("return probe", 0);
    const auto set = operation_of("probe = 1", 1);
    if (!functions || !get || !set) {
        return Error{Errc::internal, "this build of LuaJIT compiles to a format that is not known here"};
    }
    CompiledFile compiled;
    for (const auto& function : *functions) {
        for (std::size_t i = 0; i < function.size(); ++i) {
            const auto here = instruction(function.code, i);
            const int line = function.line(i);
            compiled.lines.push_back(line);
            if (here.operation == *get || here.operation == *set) {
                compiled.globals.push_back({std::string(function.constant(here.d)), line, here.operation == *set});
            }
        }
    }
    std::ranges::sort(compiled.lines);
    compiled.lines.erase(std::unique(compiled.lines.begin(), compiled.lines.end()), compiled.lines.end());
    return compiled;
}

}  // namespace aihub::policy
