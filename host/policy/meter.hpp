// Counts what a script costs and stops it at its limits. Inside host/policy only.
//
// One for each lua_State, given to it as the allocator's context, so that the hook, the allocator and every library
// function find it without a look-up. One thread at a time.
#pragma once

#include "policy/hook.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

struct lua_State;
struct lua_Debug;

namespace aihub::policy {

// Of the calling thread.
[[nodiscard]] std::chrono::nanoseconds thread_cpu_now();

class Meter {
public:
    explicit Meter(const StateLimits& limits) : limits_(limits) {}
    virtual ~Meter() = default;
    Meter(const Meter&) = delete;
    Meter& operator=(const Meter&) = delete;

    // The meter of a state that was made with allocate() and its meter.
    [[nodiscard]] static Meter& of(lua_State* lua);
    // The lua_Alloc.
    static void* allocate(void* meter, void* block, std::size_t old_bytes, std::size_t bytes);

    // Between begin() and end() the limits hold; end() keeps what was counted. `lua` is the state of this meter. Both
    // are cheap: a script that ends within a few hundred steps asks no clock.
    void begin(lua_State* lua, const Budget& budget);
    void end();

    // Library functions: `steps` of work are about to be done. Raises a Lua error when that is too much.
    void charge(std::uint64_t steps);
    // What is left, for library functions that count by themselves; to be given back with spent_all() or charge().
    [[nodiscard]] std::uint64_t steps_left() const;
    // Stops the script; raises a Lua error that no pcall of the script holds for longer than one instruction.
    [[noreturn]] void stop(Fault fault);

    [[nodiscard]] std::optional<Fault> stopped() const { return stopped_; }
    // Where it was stopped: "route.lua" and a line, or "" and 0.
    [[nodiscard]] const char* stopped_file() const { return file_.data(); }
    [[nodiscard]] int stopped_line() const { return line_; }
    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    [[nodiscard]] std::size_t memory_bytes() const { return used_; }
    [[nodiscard]] std::size_t memory_peak_bytes() const { return peak_; }
    [[nodiscard]] const StateLimits& limits() const { return limits_; }

protected:
    // In test mode: each line that is about to run.
    virtual void on_line(const char* file, int line);
    bool lines_ = false;

private:
    static void on_hook(lua_State* lua, lua_Debug* where);
    void check();
    void arm(int count);
    void note_stop(Fault fault);
    [[noreturn]] void raise();
    [[nodiscard]] bool may_grow(std::size_t bytes, std::size_t growth);

    StateLimits limits_;
    Budget budget_;
    lua_State* state_ = nullptr;  // only while a script runs
    std::optional<Fault> stopped_;
    std::uint64_t steps_ = 0;
    std::size_t used_ = 0;
    std::size_t peak_ = 0;
    std::size_t unpaid_bytes_ = 0;  // allocated and not yet counted as steps
    std::chrono::nanoseconds cpu_begin_{0};
    int armed_count_ = 0;
    std::array<char, 64> file_{};
    int line_ = 0;
};

}  // namespace aihub::policy
