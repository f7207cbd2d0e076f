#include "policy/meter.hpp"

#include <gtest/gtest.h>
#include <lua.hpp>

#include <string>

namespace aihub::policy {
namespace {

// A state with the whole stock library: the meter has to hold what the sandbox leaves out, too.
class State {
public:
    explicit State(const StateLimits& limits) : meter(limits), L(lua_newstate(&Meter::allocate, &meter)) {
        lua_cpcall(
            L,
            [](lua_State* opened) {
                luaL_openlibs(opened);
                return 0;
            },
            nullptr
        );
        // After the libraries: opening `jit` turns it on, and no hook reaches what it compiles.
        (void)luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    }
    ~State() { lua_close(L); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    // The status of running `source`.
    int run(const std::string& source, const Budget& budget) {
        EXPECT_EQ(luaL_loadbuffer(L, source.data(), source.size(), "@test.lua"), 0);
        meter.begin(L, budget);
        const int status = lua_pcall(L, 0, 0, 0);
        meter.end();
        lua_settop(L, 0);
        return status;
    }

    Meter meter;
    lua_State* L;
};

const Budget kSteps{20'000, std::chrono::seconds(10)};
const Budget kAny{1'000'000'000'000, std::chrono::seconds(10)};

TEST(Meter, LetsAShortScriptRun) {
    State state({});
    EXPECT_EQ(state.run("local n = 0 for i = 1, 1000 do n = n + i end", kSteps), 0);
    EXPECT_FALSE(state.meter.stopped());
    EXPECT_GT(state.meter.steps(), 500U);
    EXPECT_LT(state.meter.steps(), 10'000U);
}

TEST(Meter, StopsALoopAndKnowsItsLine) {
    State state({});
    EXPECT_NE(state.run("local n = 0\nwhile true do\n  n = n + 1\nend", kSteps), 0);
    EXPECT_EQ(state.meter.stopped(), Fault::steps);
    EXPECT_STREQ(state.meter.stopped_file(), "test.lua");
    EXPECT_GE(state.meter.stopped_line(), 2);
    EXPECT_LE(state.meter.stopped_line(), 3);
}

TEST(Meter, StopsWhatCatchesItsErrors) {
    State state({});
    EXPECT_NE(state.run("while true do pcall(function() while true do end end) end", kSteps), 0);
    EXPECT_EQ(state.meter.stopped(), Fault::steps);
}

TEST(Meter, StopsCoroutines) {
    State state({});
    EXPECT_NE(state.run("while true do pcall(coroutine.wrap(function() while true do end end)) end", kSteps), 0);
    EXPECT_EQ(state.meter.stopped(), Fault::steps);
}

TEST(Meter, StopsByProcessorTime) {
    State state({});
    EXPECT_NE(state.run("while true do end", {1'000'000'000'000, std::chrono::milliseconds(2)}), 0);
    EXPECT_EQ(state.meter.stopped(), Fault::time);
}

TEST(Meter, HoldsTheLimitOfMemory) {
    StateLimits limits;
    State state(limits);
    EXPECT_NE(state.run("local all = {} for i = 1, 1e9 do all[i] = {} end", kAny), 0);
    EXPECT_EQ(state.meter.stopped(), Fault::memory);
    EXPECT_EQ(state.meter.stopped_line(), 1);
    EXPECT_LE(state.meter.memory_peak_bytes(), limits.memory_hard_bytes);
}

TEST(Meter, RefusesALargeBlockEvenWhenTheScriptCatchesThat) {
    State state({});
    EXPECT_NE(state.run("while true do pcall(string.rep, 'x', 1e6) end", kAny), 0);
    EXPECT_EQ(state.meter.stopped(), Fault::memory);
}

TEST(Meter, CollectsGarbageBeforeItStops) {
    StateLimits limits;
    limits.memory_soft_bytes = 1U << 20U;
    State state(limits);
    EXPECT_EQ(state.run("for i = 1, 2000 do local s = ('x'):rep(10000 + i) end", kAny), 0);
    EXPECT_LE(state.meter.memory_peak_bytes(), limits.memory_hard_bytes);
}

TEST(Meter, CountsMemoryAsSteps) {
    State state({});
    EXPECT_NE(state.run("for i = 1, 1000 do local s = ('x'):rep(10000 + i) end", kSteps), 0);
    EXPECT_EQ(state.meter.stopped(), Fault::steps);
}

TEST(Meter, ChargesOfLibraryFunctionsCount) {
    State state({});
    lua_pushcfunction(state.L, [](lua_State* L) {
        Meter::of(L).charge(5'000);
        return 0;
    });
    lua_setglobal(state.L, "work");
    EXPECT_EQ(state.run("work() work() work()", kSteps), 0);
    EXPECT_GE(state.meter.steps(), 15'000U);
    EXPECT_EQ(state.meter.steps_left(), kSteps.steps_max - state.meter.steps());
    EXPECT_NE(state.run("for i = 1, 5 do pcall(work) end", kSteps), 0);
    EXPECT_EQ(state.meter.stopped(), Fault::steps);
}

TEST(Meter, GivesEverythingBack) {
    Meter meter{StateLimits()};
    lua_State* L = lua_newstate(&Meter::allocate, &meter);
    ASSERT_NE(L, nullptr);
    EXPECT_GT(meter.memory_bytes(), 0U);
    lua_close(L);
    EXPECT_EQ(meter.memory_bytes(), 0U);
}

TEST(Meter, HasNoStateWhereMemoryDoesNotSuffice) {
    StateLimits limits;
    limits.memory_hard_bytes = 1000;
    Meter meter(limits);
    EXPECT_EQ(lua_newstate(&Meter::allocate, &meter), nullptr);
    EXPECT_EQ(meter.memory_bytes(), 0U);
}

}  // namespace
}  // namespace aihub::policy
