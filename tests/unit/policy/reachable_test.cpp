// Everything that a script can get hold of is on a list that somebody has read: tests/policy/reachable.txt. Made anew
// by AIHUB_UPDATE_GOLDEN=1; what a change of it adds has to be looked at.
#include "policy/library.hpp"
#include "policy/money_library.hpp"
#include "policy/script_host.hpp"

#include <gtest/gtest.h>
#include <lua.hpp>

#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <utility>

namespace aihub::policy {
namespace {

constexpr const char* kList = AIHUB_TESTS_DIR "/policy/reachable.txt";

// Walks over all values from the one on top of the stack: members, metatables, environments and upvalues, although
// scripts see neither of the last three.
class Walk {
public:
    explicit Walk(lua_State* L) : L_(L) { lua_newtable(L_); }

    // The value on top, which is popped.
    void add(const std::string& path) {
        const void* identity = lua_topointer(L_, -1);
        const int type = lua_type(L_, -1);
        const bool holds = type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA;
        if (!holds || !seen_.insert(identity).second) {
            lua_pop(L_, 1);
            return;
        }
        found.insert(path + " " + lua_typename(L_, type));
        lua_rawseti(L_, 1, ++count_);
        waiting_.emplace_back(count_, path);
    }

    void run() {
        while (!waiting_.empty()) {
            const auto [index, path] = waiting_.front();
            waiting_.pop_front();
            lua_rawgeti(L_, 1, index);
            visit(path);
            lua_pop(L_, 1);
        }
    }

    std::set<std::string> found;

private:
    void visit(const std::string& path) {
        const int type = lua_type(L_, -1);
        if (type == LUA_TTABLE) {
            members(path);
        }
        if (lua_getmetatable(L_, -1) != 0) {
            add(path + "<meta>");
        }
        if (type == LUA_TFUNCTION || type == LUA_TUSERDATA) {
            lua_getfenv(L_, -1);
            add("<environment>");
        }
        for (int i = 1; type == LUA_TFUNCTION && lua_getupvalue(L_, -1, i) != nullptr; ++i) {
            add(path + "<upvalue>");
        }
    }

    // In the order of their names, so that paths are the same each time.
    void members(const std::string& path) {
        std::set<std::string> names;
        lua_pushnil(L_);
        while (lua_next(L_, -2) != 0) {
            lua_pop(L_, 1);
            ASSERT_EQ(lua_type(L_, -1), LUA_TSTRING) << path;
            names.insert(lua_tostring(L_, -1));
        }
        for (const auto& name : names) {
            lua_pushstring(L_, name.c_str());
            lua_rawget(L_, -2);
            add(path + "." + name);
        }
    }

    lua_State* L_;
    int count_ = 0;
    std::set<const void*> seen_;
    std::deque<std::pair<int, std::string>> waiting_;
};

std::set<std::string> reachable(Hook hook) {
    Meter meter{StateLimits()};
    lua_State* L = lua_newstate(&Meter::allocate, &meter);
    Walk walk(L);
    open_library(L);
    push_library(L);
    push_aihub(L, hook);
    make_environment(L, "aihub");
    lua_setfield(L, -2, "aihub");
    make_environment(L, nullptr);
    walk.add("");
    push_context(L);
    walk.add("ctx");
    push_money(L, Amount());
    walk.add("(money)");
    for (const auto* view : {"aihub.data.table", "aihub.data.row", "aihub.data.value"}) {
        luaL_getmetatable(L, view);
        walk.add("(" + std::string(view) + ")<meta>");
    }
    push_guarded(L, GuardFacts());
    walk.add("given");
    push_price(L, PriceFacts());
    walk.add("quote");
    walk.add("usage");
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_remove(L, -2);
    walk.add("(string)");
    walk.run();
    lua_close(L);
    return walk.found;
}

TEST(Reachable, IsOnTheList) {
    std::string text;
    for (const auto hook : {Hook::admit, Hook::route, Hook::price, Hook::guard_window}) {
        text += "[" + std::string(hook_name(hook)) + "]\n";
        for (const auto& found : reachable(hook)) {
            text += found + "\n";
        }
    }
    if (std::getenv("AIHUB_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(kList) << text;
    }
    std::ifstream stream(kList);
    EXPECT_EQ(text, std::string((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>()));
}

}  // namespace
}  // namespace aihub::policy
