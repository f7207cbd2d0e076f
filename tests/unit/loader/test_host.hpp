// What the tests of the loader share: a host without threads of its own, and sinks that remember.
#pragma once

#include "loader/loader.hpp"
#include "loader/replay.hpp"

#include <aihub/aihub.h>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aihub::loader::testing {

inline std::string plugin_file(const std::string& name) {
    return std::string(AIHUB_BUILD_DIR) + "/tests/plugins_for_loader/lib/" + name + ".so";
}

class ManualClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override { return SteadyTime(std::chrono::nanoseconds(now_ns.load())); }
    [[nodiscard]] WallTime wall_now() const override { return WallTime(std::chrono::seconds(1700000000)); }
    void advance(std::chrono::nanoseconds time) { now_ns += time.count(); }

    std::atomic<std::int64_t> now_ns{1000000000};
};

// Remembers lines as "level message key=value ...".
class FakeLog final : public telemetry::Log {
public:
    void write(telemetry::LogLevel level, std::string_view message, std::initializer_list<telemetry::Field> fields)
        override {
        write(level, message, fields.begin(), fields.size());
    }
    void write(telemetry::LogLevel level, std::string_view message, const telemetry::Field* fields, std::size_t count)
        override {
        std::string line(1, static_cast<char>('0' + static_cast<int>(level)));
        line.append(" ").append(message);
        for (std::size_t i = 0; i < count; ++i) {
            line.append(" ").append(fields[i].key()).append("=").append(fields[i].text());
        }
        lines_.with([&line](auto& lines) { lines.push_back(line); });
    }
    [[nodiscard]] bool enabled(telemetry::LogLevel) const override { return true; }
    void set_level(telemetry::LogLevel) override {}
    [[nodiscard]] std::uint64_t dropped() const override { return 0; }
    void flush() override {}

    [[nodiscard]] std::vector<std::string> lines() const {
        return lines_.with([](const auto& lines) { return lines; });
    }

private:
    Guarded<std::vector<std::string>> lines_;
};

// Runs what is posted when told to; its thread is the one that made it.
class ManualLoop final : public capability::Loop, public capability::CurrentLoop {
public:
    void post(std::function<void()> task) override {
        const std::scoped_lock lock(mutex_);
        tasks_.push_back(std::move(task));
        posted_.notify_all();
    }
    std::uint64_t start_timer(std::chrono::nanoseconds delay, std::function<void()> task) override {
        timers[++last_timer_] = {delay, std::move(task)};
        return last_timer_;
    }
    void cancel_timer(std::uint64_t id) override { timers.erase(id); }
    [[nodiscard]] capability::Loop* current() const override {
        return std::this_thread::get_id() == thread_ ? const_cast<ManualLoop*>(this) : nullptr;
    }

    // Waits for posted tasks of other threads until `done`; a test that waits for ever is ended by ctest.
    void run_until(const std::function<bool()>& done) {
        while (!done()) {
            std::unique_lock lock(mutex_);
            posted_.wait_for(lock, std::chrono::milliseconds(1), [this] { return !tasks_.empty(); });
            run_one(lock);
        }
    }
    void run_ready() {
        std::unique_lock lock(mutex_);
        while (!tasks_.empty()) {
            run_one(lock);
            lock.lock();
        }
    }
    void fire_timers() {
        auto due = std::move(timers);
        timers.clear();
        for (auto& [id, timer] : due) {
            timer.second();
        }
    }

    std::map<std::uint64_t, std::pair<std::chrono::nanoseconds, std::function<void()>>> timers;

private:
    void run_one(std::unique_lock<std::mutex>& lock) {
        std::function<void()> task;
        if (!tasks_.empty()) {
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        lock.unlock();
        if (task) {
            task();
        }
    }

    const std::thread::id thread_ = std::this_thread::get_id();
    std::mutex mutex_;
    std::condition_variable posted_;
    std::deque<std::function<void()>> tasks_;
    std::uint64_t last_timer_ = 0;
};

class FakeHttp final : public capability::HttpClient {
public:
    std::uint64_t start(capability::OwnedHttpRequest request, std::shared_ptr<capability::HttpSink> sink) override {
        requests.push_back(std::move(request));
        sinks.push_back(std::move(sink));
        return sinks.size();
    }
    void pause(std::uint64_t, bool) override {}
    void cancel(std::uint64_t) override {}

    std::vector<capability::OwnedHttpRequest> requests;
    std::vector<std::shared_ptr<capability::HttpSink>> sinks;
};

// Remembers events as "text:hello", "usage:10/20", "complete:success", "complete:rate_limit".
class RecordingSink : public capability::CallSink {
public:
    explicit RecordingSink(ManualLoop* loop = nullptr) : loop_(loop) {}

    capability::EmitStatus emit(const capability::Event& event) override;
    capability::EmitStatus complete(const capability::Failure* failure) override;
    [[nodiscard]] SteadyTime deadline() const override { return SteadyTime(std::chrono::seconds(7)); }
    [[nodiscard]] bool cancelled() const override { return false; }
    capability::EmitStatus post(void (*task)(void*), void* argument) override {
        loop_->post([task, argument] { task(argument); });
        return capability::EmitStatus::ok;
    }

    [[nodiscard]] std::vector<std::string> seen() const {
        return seen_.with([](const auto& seen) { return seen; });
    }
    [[nodiscard]] std::string last() const { return seen().empty() ? std::string() : seen().back(); }
    [[nodiscard]] bool ended() const { return last().starts_with("complete:"); }

    std::atomic<capability::EmitStatus> answer{capability::EmitStatus::ok};
    capability::Failure failure;
    model::Usage usage;  // of the last event

private:
    ManualLoop* loop_;
    Guarded<std::vector<std::string>> seen_;
};

// A loader over fakes.
struct TestHost {
    explicit TestHost(LoaderOptions options = {}) : loader(options, {log, metrics, clock, loop, &http}) {}

    // The provider "p" of plugin com.example.<plugin>, which is loaded first.
    std::shared_ptr<capability::Provider> provider(const std::string& plugin, const std::string& settings = "{}");
    std::uint64_t count(const std::string& plugin, const std::string& function) {
        return metrics
            .counter("aihub_plugin_calls_total", "", {{"plugin", "com.example." + plugin}, {"function", function}})
            .value();
    }
    std::uint64_t faults(const std::string& plugin, const std::string& function) {
        return metrics
            .counter("aihub_plugin_faults_total", "", {{"plugin", "com.example." + plugin}, {"function", function}})
            .value();
    }

    FakeLog log;
    telemetry::Metrics metrics;
    ManualClock clock;
    ManualLoop loop;
    FakeHttp http;
    Loader loader;
};

inline capability::EmitStatus RecordingSink::emit(const capability::Event& event) {
    std::string line = event_name(event.kind) + (":" + std::string(event.text)) + std::string(event.extra);
    if (event.kind == capability::EventKind::usage) {
        usage = event.usage;
        line += std::to_string(event.usage.input.value_or(0)) + "/" + std::to_string(event.usage.output.value_or(0));
    }
    seen_.with([&line](auto& seen) { seen.push_back(line); });
    return answer;
}

inline capability::EmitStatus RecordingSink::complete(const capability::Failure* reason) {
    if (reason != nullptr) {
        failure = *reason;
    }
    const std::string line = std::string("complete:") + (reason == nullptr ? "success" : failure_name(reason->kind));
    seen_.with([&line](auto& seen) { seen.push_back(line); });
    return capability::EmitStatus::ok;
}

inline std::shared_ptr<capability::Provider> TestHost::provider(
    const std::string& plugin, const std::string& settings
) {
    loader.load_file(plugin_file(plugin));
    config::Provider config;
    config.name = "p";
    config.plugin = "com.example." + plugin;
    config.base_url = "https://api.example.com/v1";
    config.settings_json = settings;
    config.secrets.emplace("api_key", Secret("sk-very-secret"));
    Result<std::shared_ptr<capability::Provider>> made = loader.create_provider(config);
    return made ? *made : nullptr;
}

// A chat request.
inline capability::ProviderRequest chat_request(bool stream = true) {
    static constexpr std::string_view kBody = R"({"messages":[]})";
    static constexpr capability::JsonMember kMembers[] = {{kBody.substr(2, 8), kBody.substr(12, 2)}};
    capability::ProviderRequest request;
    request.format = "openai.chat";
    request.model = "m";
    request.request_id = "req_1";
    request.body = kBody;
    request.members = kMembers;
    request.stream = stream;
    return request;
}

}  // namespace aihub::loader::testing
