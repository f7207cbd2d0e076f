// A whole host in one object and one thread, for checking a plugin.
#pragma once

#include "loader/check.hpp"
#include "loader/core.hpp"
#include "loader/instance.hpp"
#include "loader/plugin.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aihub::loader {

// Real time plus what the timers have skipped.
class CheckClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override { return real_.steady_now() + skipped(); }
    [[nodiscard]] WallTime wall_now() const override {
        return real_.wall_now() + std::chrono::duration_cast<WallTime::duration>(skipped());
    }
    void skip(std::chrono::nanoseconds time) { skipped_ns_.fetch_add(time.count()); }

private:
    [[nodiscard]] std::chrono::nanoseconds skipped() const { return std::chrono::nanoseconds(skipped_ns_.load()); }

    SystemClock real_;
    std::atomic<std::int64_t> skipped_ns_{0};
};

// An event loop that is run by hand. When nothing else is left to do, the clock skips to the next timer, so a plugin
// that waits a minute is checked in no time.
class CheckLoop final : public capability::Loop, public capability::CurrentLoop {
public:
    // Timers beyond this are never fired: the host's own grace time is one of them.
    static constexpr std::chrono::nanoseconds kSkipMax = std::chrono::hours(1);

    explicit CheckLoop(CheckClock& clock) : clock_(clock) {}

    void post(std::function<void()> task) override;
    std::uint64_t start_timer(std::chrono::nanoseconds delay, std::function<void()> task) override;
    void cancel_timer(std::uint64_t id) override;
    [[nodiscard]] capability::Loop* current() const override;

    // Runs tasks until `done` says so. False: it did not within `time_max` of real time.
    [[nodiscard]] bool run_until(const std::function<bool()>& done, std::chrono::milliseconds time_max);

private:
    [[nodiscard]] std::function<void()> next(std::chrono::milliseconds patience);

    CheckClock& clock_;
    const std::thread::id thread_ = std::this_thread::get_id();
    std::mutex mutex_;  // guards the members below
    std::condition_variable posted_;
    std::deque<std::function<void()>> tasks_;
    std::map<std::pair<SteadyTime, std::uint64_t>, std::function<void()>> timers_;
    std::uint64_t last_timer_ = 0;
};

// Drops lines.
class CheckLog final : public telemetry::Log {
public:
    using telemetry::Log::write;
    void write(telemetry::LogLevel, std::string_view, std::initializer_list<telemetry::Field>) override {}
    void write(telemetry::LogLevel, std::string_view, const telemetry::Field*, std::size_t) override {}
    [[nodiscard]] bool enabled(telemetry::LogLevel) const override { return true; }
    void set_level(telemetry::LogLevel) override {}
    [[nodiscard]] std::uint64_t dropped() const override { return 0; }
    void flush() override {}
};

// Made in the child process of a test; one thread. The plugin goes with it.
class CheckHost {
public:
    explicit CheckHost(const HostFacts& facts);
    // Error: the plugin is refused.
    [[nodiscard]] Result<Plugin*> load(const std::string& file);
    // An instance with `settings_json`, a base URL on this machine and made-up secrets.
    [[nodiscard]] Result<std::shared_ptr<Instance>> make_instance(const std::string& settings_json);

    // After load().
    [[nodiscard]] Plugin& plugin() { return *plugin_; }
    [[nodiscard]] CheckLoop& loop() { return loop_; }
    [[nodiscard]] const Clock& clock() const { return clock_; }
    // What a function on an event loop may take.
    [[nodiscard]] std::chrono::milliseconds call_budget() const;
    [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
    // Error: the plugin broke a rule since it was loaded, or used the handle of a call that was gone.
    [[nodiscard]] Result<void> no_faults() const;

private:
    CheckClock clock_;
    CheckLog log_;
    telemetry::Metrics metrics_;
    CheckLoop loop_{clock_};
    const std::shared_ptr<Core> core_;
    const std::uint64_t gone_before_;
    std::shared_ptr<Plugin> plugin_;
    std::vector<std::string> warnings_;
};

}  // namespace aihub::loader
