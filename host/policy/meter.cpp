#include "policy/meter.hpp"

#include <lua.hpp>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace aihub::policy {

namespace {

// Between two looks at the limits. An instruction can cost as much as the largest block takes to copy or to read as a
// number, so this also bounds how far a script gets behind its limit.
constexpr int kStepsBetweenChecks = 200;
constexpr std::size_t kBytesPerStep = 32;
// So far a script may get on allocated memory alone.
constexpr std::size_t kUnpaidBytesMax = kBytesPerStep * 1000;
constexpr int kLevelsSearched = 16;

}  // namespace

std::chrono::nanoseconds thread_cpu_now() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

Meter& Meter::of(lua_State* lua) {
    void* meter = nullptr;
    (void)lua_getallocf(lua, &meter);
    return *static_cast<Meter*>(meter);
}

bool Meter::may_grow(std::size_t bytes, std::size_t growth) {
    if (bytes <= limits_.block_bytes_max && used_ + growth <= limits_.memory_hard_bytes) {
        return true;
    }
    if (state_ != nullptr) {
        note_stop(Fault::memory);
        arm(1);
    }
    return false;
}

void* Meter::allocate(void* meter, void* block, std::size_t old_bytes, std::size_t bytes) {
    auto& self = *static_cast<Meter*>(meter);
    if (bytes == 0) {
        std::free(block);  // NOLINT(cppcoreguidelines-no-malloc): a lua_Alloc is realloc and free
        self.used_ -= old_bytes;
        return nullptr;
    }
    const std::size_t growth = bytes > old_bytes ? bytes - old_bytes : 0;
    if (growth > 0 && !self.may_grow(bytes, growth)) {
        return nullptr;
    }
    void* made = std::realloc(block, bytes);  // NOLINT(cppcoreguidelines-no-malloc)
    if (made == nullptr) {
        return growth > 0 ? nullptr : block;
    }
    self.used_ = self.used_ - old_bytes + bytes;
    self.peak_ = std::max(self.peak_, self.used_);
    self.unpaid_bytes_ += growth;
    const bool look = self.unpaid_bytes_ > kUnpaidBytesMax || self.used_ > self.limits_.memory_soft_bytes;
    if (look && self.state_ != nullptr && self.armed_count_ != 1) {
        // lua_sethook may be called at any time, from a signal, too. Errors may not be raised here; the next
        // instruction does.
        self.arm(1);
    }
    return made;
}

void Meter::arm(int count) {
    armed_count_ = count;
    lua_sethook(state_, &Meter::on_hook, lines_ ? LUA_MASKCOUNT | LUA_MASKLINE : LUA_MASKCOUNT, count);
}

void Meter::begin(lua_State* lua, const Budget& budget) {
    state_ = lua;
    budget_ = budget;
    stopped_.reset();
    steps_ = 0;
    unpaid_bytes_ = 0;
    cpu_begin_ = {};
    file_[0] = '\0';
    line_ = 0;
    arm(kStepsBetweenChecks);
}

void Meter::end() {
    // The hook stays as it is: taking it away and setting it again would make the interpreter build its table of
    // instructions anew, twice for each call. Without a state it does nothing.
    steps_ += unpaid_bytes_ / kBytesPerStep;
    unpaid_bytes_ = 0;
    state_ = nullptr;
}

void Meter::on_hook(lua_State* lua, lua_Debug* where) {
    auto& self = of(lua);
    if (self.state_ == nullptr) {
        return;
    }
    if (where->event == LUA_HOOKLINE) {
        lua_getinfo(lua, "S", where);
        self.on_line(where->short_src, where->currentline);
        return;
    }
    if (self.stopped_) {
        self.raise();
    }
    self.steps_ += static_cast<std::uint64_t>(self.armed_count_);
    self.check();
    if (self.armed_count_ != kStepsBetweenChecks) {
        self.arm(kStepsBetweenChecks);
    }
}

void Meter::check() {
    steps_ += unpaid_bytes_ / kBytesPerStep;
    unpaid_bytes_ = 0;
    if (steps_ > budget_.steps_max) {
        stop(Fault::steps);
    }
    if (used_ > limits_.memory_soft_bytes) {
        // Most of it may be garbage. Looking at all of it is work, too.
        steps_ += used_ / kBytesPerStep;
        lua_gc(state_, LUA_GCCOLLECT, 0);
        if (used_ > limits_.memory_soft_bytes) {
            stop(Fault::memory);
        }
    }
    const auto now = thread_cpu_now();
    if (cpu_begin_ == std::chrono::nanoseconds::zero()) {
        cpu_begin_ = now;
    } else if (now - cpu_begin_ > budget_.cpu_max) {
        stop(Fault::time);
    }
}

void Meter::charge(std::uint64_t steps) {
    steps_ += steps;
    if (state_ != nullptr && steps_ > budget_.steps_max) {
        stop(Fault::steps);
    }
}

std::uint64_t Meter::steps_left() const {
    return steps_ < budget_.steps_max ? budget_.steps_max - steps_ : 0;
}

void Meter::stop(Fault fault) {
    note_stop(fault);
    raise();
}

// The innermost line of a script. It allocates nothing, so the allocator may ask.
void Meter::note_stop(Fault fault) {
    if (stopped_) {
        return;
    }
    stopped_ = fault;
    lua_Debug where{};
    for (int level = 0; level < kLevelsSearched && lua_getstack(state_, level, &where) == 1; ++level) {
        lua_getinfo(state_, "Sl", &where);
        if (where.currentline > 0) {
            const std::size_t size = std::min(std::strlen(where.short_src), file_.size() - 1);
            std::memcpy(file_.data(), where.short_src, size);
            file_[size] = '\0';
            line_ = where.currentline;
            return;
        }
    }
}

// From here on each instruction raises it again, so a script that catches it gets nowhere.
void Meter::raise() {
    arm(1);
    lua_pushnil(state_);
    lua_error(state_);
    std::abort();  // lua_error does not return
}

void Meter::on_line(const char* /*file*/, int /*line*/) {}

}  // namespace aihub::policy
