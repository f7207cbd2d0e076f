#include "loader/check_host.hpp"

#include "loader/call_table.hpp"

#include <utility>

namespace aihub::loader {
namespace {

// What the clock shows in a build with sanitizers says nothing of the plugin that is shipped.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSlower = 20;
#else
constexpr int kSlower = 1;
#endif

LoaderOptions options_of(const HostFacts& facts) {
    LoaderOptions options;
    options.host = facts;
    options.call_budget *= kSlower;
    options.cancel_grace = 2 * CheckLoop::kSkipMax;  // a test measures the grace time by itself, in real time
    return options;
}

}  // namespace

void CheckLoop::post(std::function<void()> task) {
    {
        const std::scoped_lock lock(mutex_);
        tasks_.push_back(std::move(task));
    }
    posted_.notify_one();
}

std::uint64_t CheckLoop::start_timer(std::chrono::nanoseconds delay, std::function<void()> task) {
    const SteadyTime due = clock_.steady_now() + delay;
    const std::scoped_lock lock(mutex_);
    timers_.emplace(std::pair(due, ++last_timer_), std::move(task));
    return last_timer_;
}

void CheckLoop::cancel_timer(std::uint64_t id) {
    std::function<void()> dropped;  // What it holds may call back, so it goes without the lock.
    const std::scoped_lock lock(mutex_);
    for (auto timer = timers_.begin(); timer != timers_.end(); ++timer) {
        if (timer->first.second == id) {
            dropped = std::move(timer->second);
            timers_.erase(timer);
            return;
        }
    }
}

capability::Loop* CheckLoop::current() const {
    return std::this_thread::get_id() == thread_ ? const_cast<CheckLoop*>(this) : nullptr;
}

std::function<void()> CheckLoop::next(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    const SteadyTime now = clock_.steady_now();
    const bool timer_due = !timers_.empty() && timers_.begin()->first.first <= now;
    if (tasks_.empty() && !timer_due) {
        posted_.wait_for(lock, patience, [this] { return !tasks_.empty(); });
    }
    if (!tasks_.empty()) {
        std::function<void()> task = std::move(tasks_.front());
        tasks_.pop_front();
        return task;
    }
    if (timers_.empty() || timers_.begin()->first.first - now > kSkipMax) {
        return {};
    }
    if (timers_.begin()->first.first > clock_.steady_now()) {
        clock_.skip(timers_.begin()->first.first - clock_.steady_now());
    }
    std::function<void()> task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    return task;
}

bool CheckLoop::run_until(const std::function<bool()>& done, std::chrono::milliseconds time_max) {
    constexpr std::chrono::milliseconds kPatience{3};  // for other threads, before a timer is skipped to
    const SystemClock real;
    const SteadyTime end = real.steady_now() + time_max;
    while (!done()) {
        if (real.steady_now() >= end) {
            return false;
        }
        if (const std::function<void()> task = next(kPatience)) {
            task();
        }
    }
    return true;
}

CheckHost::CheckHost(const HostFacts& facts)
    : core_(std::make_shared<Core>(options_of(facts), Services{log_, metrics_, clock_, loop_})),
      gone_before_(CallTable::instance().gone_uses.load()) {}

Result<Plugin*> CheckHost::load(const std::string& file) {
    plugin_ = AIHUB_TRY(Plugin::load(file, core_, warnings_));
    return plugin_.get();
}

Result<std::shared_ptr<Instance>> CheckHost::make_instance(const std::string& settings_json) {
    config::Provider provider;
    provider.name = "check";
    provider.plugin = plugin_->introduction().id;
    provider.base_url = "http://127.0.0.1:9/v1";
    provider.settings_json = settings_json;
    provider.secrets.emplace("api_key", Secret("check-secret"));
    for (const config::Preset& preset : plugin_->manifest().presets) {
        for (const auto& [name, variable] : preset.secret_envs) {
            provider.secrets.emplace(name, Secret("check-secret"));
        }
    }
    return Instance::create(plugin_, provider, "providers." + provider.name);
}

std::chrono::milliseconds CheckHost::call_budget() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(core_->options.call_budget);
}

Result<void> CheckHost::no_faults() const {
    if (plugin_->meter().faults() != 0) {
        return Error{Errc::internal, plugin_->meter().last_fault()};
    }
    if (CallTable::instance().gone_uses.load() != gone_before_) {
        return Error{Errc::internal, "used the handle of a call after destroy()"};
    }
    return {};
}

}  // namespace aihub::loader
