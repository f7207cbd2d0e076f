#include "banned_calls.hpp"
#include "code_text.hpp"
#include "rules.hpp"

#include <algorithm>

namespace aihub::architecture {
namespace {

const std::vector<std::string_view> kProduct = {"host", "plugins", "sdk"};
const std::vector<std::string_view> kAll = {"host", "plugins", "sdk", "tests"};

bool is_meant(const BannedCall& call, const File& file) {
    return std::ranges::any_of(call.folders, [&](std::string_view folder) { return file.under(folder); });
}

// Literal suffixes cannot be used without it, and they bring in nothing else.
bool brings_literals(std::string_view line) {
    return line.find("literals;") != std::string_view::npos;
}

bool stands_in(const BannedCall& call, std::string_view line) {
    for (auto at = find_word(line, call.word); at != std::string_view::npos; at = find_word(line, call.word, at + 1)) {
        const auto behind = line.substr(at + call.word.size());
        const bool excepted = !call.unless_followed_by.empty() && behind.starts_with(call.unless_followed_by);
        if (!excepted && !(call.rule == "using_namespace" && brings_literals(behind))) {
            return true;
        }
    }
    return false;
}

// g++ 12 makes the temporaries of a co_await before it knows which branch of `?:` is taken, so both branches' arguments
// are evaluated. A statement ends at `;`, `{` or `}`, which is near enough: a lambda in an operand would hide what is
// before it.
void check_conditional_await(const File& file, Findings& found) {
    bool conditional = false;
    for (std::size_t i = 0; i < file.code.size(); ++i) {
        const std::string_view line = file.code[i];
        for (std::size_t at = 0; at < line.size(); ++at) {
            if (line[at] == ';' || line[at] == '{' || line[at] == '}') {
                conditional = false;
            } else if (line[at] == '?') {
                conditional = true;
            } else if (conditional && line.substr(at).starts_with("co_await")) {
                found.push_back({"conditional_await", file.path, i + 1, "no co_await in ?: (g++ 12); write an if"});
                conditional = false;
            }
        }
    }
}

}  // namespace

const std::vector<BannedCall>& banned_calls() {
    static const std::vector<BannedCall> kCalls = {
        {"wall_clock", "system_clock::now", "", "take a Clock (base/clock.hpp) by reference", kProduct},
        {"steady_clock", "steady_clock::now", "", "take a Clock (base/clock.hpp) by reference", kProduct},
        {"thread", "std::thread", "::", "std::jthread, a member of what stops it", kAll},
        {"detach", ".detach(", "", "keep the thread and join it in stop()", kAll},
        {"sleep", "sleep_for", "", "wait for the event, with a deadline", kAll},
        {"sleep", "sleep_until", "", "wait for the event, with a deadline", kAll},
        {"sleep", "usleep", "", "wait for the event, with a deadline", kAll},
        {"sleep", "nanosleep", "", "wait for the event, with a deadline", kAll},
        {"rand", "rand(", "", "random_base62 (base/ids.hpp), or a seeded engine in tests", kAll},
        {"rand", "srand", "", "random_base62 (base/ids.hpp), or a seeded engine in tests", kAll},
        {"getenv", "getenv", "", "config::Sources, asked once at start", kProduct},
        {"getenv", "secure_getenv", "", "config::Sources, asked once at start", kProduct},
        {"regex", "std::regex", "", "a small parser: std::regex recurses on its input", kProduct},
        {"output", "std::cout", "", "telemetry::Log", kProduct},
        {"output", "std::cerr", "", "telemetry::Log", kProduct},
        {"output", "printf", "", "telemetry::Log", kProduct},
        {"using_namespace", "using namespace", "", "write the name, or a using-declaration for one name", kAll},
        {"catch_all", "catch (...)", "", "name the exception; all only at an edge (ABI, thread)", kProduct},
        {"shared_ptr", "std::shared_ptr", "", "a value or unique_ptr; shared needs a reason", {"host/gateway"}},
        {"shared_ptr", "std::make_shared", "", "a value or unique_ptr; shared needs a reason", {"host/gateway"}},
        {"unfinished", "FIXME", "", "finish it, or leave it out", kAll, true},
        {"unfinished", "TODO", "", "finish it, or leave it out", kAll, true},
    };
    return kCalls;
}

void check_calls(const Tree& tree, Findings& found) {
    for (const auto& file : tree.files) {
        check_conditional_await(file, found);
        for (const auto& call : banned_calls()) {
            if (!is_meant(call, file)) {
                continue;
            }
            const auto& lines = call.in_comments ? file.lines : file.code;
            for (std::size_t i = 0; i < lines.size(); ++i) {
                if (stands_in(call, lines[i])) {
                    found.push_back(
                        {std::string(call.rule),
                         file.path,
                         i + 1,
                         "no " + std::string(call.word) + " here; use instead: " + std::string(call.replacement)}
                    );
                }
            }
        }
    }
}

}  // namespace aihub::architecture
