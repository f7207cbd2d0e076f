#include "policy/regex_library.hpp"

#include "policy/script_host.hpp"

#include <lua.hpp>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace aihub::policy {

namespace {

constexpr std::size_t kTextBytesMax = 64U << 10U;
constexpr int kCapturesMax = 16;
constexpr std::uint64_t kStepsOfMatch = 30;
constexpr std::uint64_t kStepsOfCompilation = 200;
constexpr std::uint64_t kStepsPerPatternByte = 20;
// Where the fast way, one state for each byte, needs too much memory, each byte costs the whole program.
constexpr std::uint64_t kInstructionsPerStep = 64;

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

const re2::RE2& compiled(lua_State* lua, std::string_view pattern) {
    auto& host = ScriptHost::of(lua);
    const auto* found = host.expressions.find(pattern);
    if (found == nullptr) {
        host.charge(kStepsOfCompilation + kStepsPerPatternByte * pattern.size());
        found = &host.expressions.add(pattern);
    }
    if (!found->ok()) {
        luaL_error(lua, "this is no regular expression: %s", found->error().c_str());
    }
    if (found->NumberOfCapturingGroups() > kCapturesMax) {
        luaL_error(lua, "a regular expression may capture %d times; write (?:...) for groups", kCapturesMax);
    }
    return *found;
}

}  // namespace

RegexCache::RegexCache() = default;
RegexCache::~RegexCache() = default;

const re2::RE2* RegexCache::find(std::string_view pattern) const {
    const auto found =
        std::ranges::find(compiled_, pattern, [](const auto& one) { return std::string_view(one->pattern()); });
    return found == compiled_.end() ? nullptr : found->get();
}

const re2::RE2& RegexCache::add(std::string_view pattern) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(static_cast<std::int64_t>(kMemoryMax));
    if (compiled_.size() >= kPatternsMax) {
        compiled_.erase(compiled_.begin());
    }
    return *compiled_.emplace_back(std::make_unique<re2::RE2>(piece(pattern), options));
}

int match_regex(lua_State* lua) {
    std::size_t pattern_size = 0;
    const char* pattern = luaL_checklstring(lua, 1, &pattern_size);
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, 2, &size);
    luaL_argcheck(lua, pattern_size <= RegexCache::kPatternBytesMax, 1, "a regular expression may have 512 bytes");
    luaL_argcheck(lua, size <= kTextBytesMax, 2, "a text for regular expressions may have 65536 bytes");
    const auto& expression = compiled(lua, {pattern, pattern_size});
    Meter::of(lua).charge(
        kStepsOfMatch + size * static_cast<std::uint64_t>(expression.ProgramSize()) / kInstructionsPerStep
    );
    std::array<re2::StringPiece, kCapturesMax + 1> found;
    const int groups = expression.NumberOfCapturingGroups();
    if (!expression.Match({text, size}, 0, size, re2::RE2::UNANCHORED, found.data(), groups + 1)) {
        lua_pushnil(lua);
        return 1;
    }
    for (int i = groups > 0 ? 1 : 0; i <= groups; ++i) {
        const auto& one = found[static_cast<std::size_t>(i)];
        if (one.data() == nullptr) {
            lua_pushnil(lua);
        } else {
            lua_pushlstring(lua, one.data(), one.size());
        }
    }
    return std::max(groups, 1);
}

}  // namespace aihub::policy
