#include "loader/plugin_services.hpp"

#include "loader/abi_error.hpp"
#include "loader/instance.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>

namespace aihub::loader {
namespace {

std::int64_t monotonic_ns(const aihub_host* host) {
    const SteadyTime now = Plugin::of(host).core().services.clock.steady_now();
    return std::chrono::nanoseconds(now.time_since_epoch()).count();
}

std::int64_t wall_ns(const aihub_host* host) {
    const WallTime now = Plugin::of(host).core().services.clock.wall_now();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
}

aihub_status secret_exists(void* host_instance, aihub_slice name) {
    const std::shared_ptr<Instance> instance = Instance::of(host_instance);
    return instance != nullptr && instance->secret(view(name)) != nullptr ? AIHUB_OK : AIHUB_E_UNAVAILABLE;
}

aihub_status secret_read(
    void* host_instance, aihub_slice name, char* buffer, std::size_t capacity, std::size_t* length
) {
    const std::shared_ptr<Instance> instance = Instance::of(host_instance);
    if (instance == nullptr) {
        return AIHUB_E_UNAVAILABLE;
    }
    if (!instance->plugin().manifest().permissions.secrets_read) {
        return AIHUB_E_DENIED;
    }
    const Secret* secret = instance->secret(view(name));
    if (secret == nullptr) {
        return AIHUB_E_UNAVAILABLE;
    }
    if (length == nullptr || (buffer == nullptr && capacity != 0)) {
        return AIHUB_E_INVALID;
    }
    const std::string_view value = secret->expose();
    *length = value.size();
    if (value.size() > capacity) {
        return AIHUB_E_LIMIT;
    }
    std::memcpy(buffer, value.data(), value.size());
    return AIHUB_OK;
}

// One waiting timer. It goes when it fired, was cancelled or its loop ended: whatever drops the loop's task.
class Timer {
public:
    Timer(Instance& instance, void (*function)(void*), void* argument)
        : gate_(instance.gate()), meter_(instance.plugin().meter()), function_(function), argument_(argument) {}
    ~Timer() { gate_->timers.fetch_sub(1, std::memory_order_relaxed); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void fire() {
        if (!gate_->enter()) {
            return;
        }
        // Inside the gate the instance lives, and with it the plugin's meter.
        invoke(meter_, Function::timer, [this] { function_(argument_); });
        gate_->leave();
    }

private:
    const std::shared_ptr<Gate> gate_;
    CallMeter& meter_;
    void (*const function_)(void*);
    void* const argument_;
};

aihub_status timer_start(
    void* host_instance, std::int64_t delay_ns, void (*fn)(void* arg), void* arg, std::uint64_t* id
) {
    const std::shared_ptr<Instance> instance = Instance::of(host_instance);
    if (instance == nullptr) {
        return AIHUB_E_UNAVAILABLE;
    }
    if (fn == nullptr || id == nullptr) {
        return AIHUB_E_INVALID;
    }
    capability::Loop* const loop = instance->plugin().core().services.loops.current();
    if (loop == nullptr) {
        return AIHUB_E_UNSUPPORTED;
    }
    if (instance->gate()->timers.fetch_add(1, std::memory_order_relaxed) >= Gate::kTimersMax) {
        instance->gate()->timers.fetch_sub(1, std::memory_order_relaxed);
        return AIHUB_E_LIMIT;
    }
    const auto timer = std::make_shared<Timer>(*instance, fn, arg);
    const std::chrono::nanoseconds delay(std::max<std::int64_t>(delay_ns, 0));
    *id = loop->start_timer(delay, [timer] { timer->fire(); });
    return AIHUB_OK;
}

void timer_cancel(void* host_instance, std::uint64_t id) {
    const std::shared_ptr<Instance> instance = Instance::of(host_instance);
    if (instance == nullptr || id == 0) {
        return;
    }
    if (capability::Loop* const loop = instance->plugin().core().services.loops.current()) {
        loop->cancel_timer(id);
    }
}

aihub_status work_run(void* host_instance, void (*job)(void* arg), void (*done)(void* arg), void* arg) {
    std::shared_ptr<Instance> instance = Instance::of(host_instance);
    if (instance == nullptr) {
        return AIHUB_E_UNAVAILABLE;
    }
    if (!instance->plugin().manifest().permissions.work) {
        return AIHUB_E_DENIED;
    }
    if (job == nullptr) {
        return AIHUB_E_INVALID;
    }
    Core& core = instance->plugin().core();
    capability::Loop* const loop = core.services.loops.current();
    if (loop == nullptr) {
        return AIHUB_E_UNSUPPORTED;
    }
    const bool taken = core.work.submit([instance = std::move(instance), loop, job, done, arg] {
        invoke(instance->plugin().meter(), Function::work_job, [&] { job(arg); });
        if (done != nullptr) {
            loop->post([instance, done, arg] {
                invoke(instance->plugin().meter(), Function::work_done, [&] { done(arg); });
            });
        }
    });
    return taken ? AIHUB_OK : AIHUB_E_LIMIT;
}

}  // namespace

const aihub_clock_v1& clock_extension() {
    static constexpr aihub_clock_v1 kClock = {sizeof(aihub_clock_v1), 0, &monotonic_ns, &wall_ns};
    return kClock;
}

const aihub_secret_v1& secret_extension() {
    static constexpr aihub_secret_v1 kSecret = {sizeof(aihub_secret_v1), 0, &secret_exists, &secret_read};
    return kSecret;
}

const aihub_timer_v1& timer_extension() {
    static constexpr aihub_timer_v1 kTimer = {sizeof(aihub_timer_v1), 0, &timer_start, &timer_cancel};
    return kTimer;
}

const aihub_work_v1& work_extension() {
    static constexpr aihub_work_v1 kWork = {sizeof(aihub_work_v1), 0, &work_run};
    return kWork;
}

}  // namespace aihub::loader
