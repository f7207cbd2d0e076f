#include "app/memory_watch.hpp"

#include "base/thread_kind.hpp"

#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include <fstream>

namespace aihub::app {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kUnlimited{1000};
constexpr milliseconds kFar{100};
constexpr milliseconds kNear{20};
// While it sheds. Giving memory back holds the allocator's locks for moments.
constexpr int kLooksBetweenTrims = 25;

std::uint64_t threshold(const MemoryBudget& budget) {
    return budget.limit / 100 * budget.shed_percent;
}

}  // namespace

std::uint64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t size = 0;
    std::uint64_t pages = 0;
    file >> size >> pages;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

MemoryWatch::MemoryWatch(
    std::atomic<bool>& shedding,
    const MemoryBudget& budget,
    Resident resident,
    telemetry::Log& log,
    telemetry::Metrics& metrics
)
    : shedding_(shedding),
      resident_(std::move(resident)),
      log_(log),
      limit_metric_(metrics.gauge(
          "aihub_memory_limit_bytes",
          "What the process may have: limits.memory_max or its control group's; 0: no limit."
      )),
      shedding_metric_(metrics.gauge(
          "aihub_memory_shedding", "1 while calls are refused because the process is near its memory limit."
      )),
      seen_(std::make_shared<std::atomic<std::uint64_t>>(resident_())),
      budget_(budget) {
    metrics.gauge_from(
        "aihub_memory_resident_bytes",
        "Memory that the process has, looked at once a second.",
        [seen = seen_] { return static_cast<double>(seen->load(std::memory_order_relaxed)); }
    );
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

MemoryWatch::~MemoryWatch() = default;

void MemoryWatch::set_budget(const MemoryBudget& budget) {
    const std::scoped_lock lock(mutex_);
    budget_ = budget;
    changed_ = true;
    wake_.notify_all();
}

void MemoryWatch::run(const std::stop_token& stop) {
    set_thread_kind(ThreadKind::control);
    pthread_setname_np(pthread_self(), "memory");
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        changed_ = false;
        const auto pause = look();
        wake_.wait_for(lock, stop, pause, [this] { return changed_; });
    }
}

// Until the next look.
milliseconds MemoryWatch::look() {
    const auto resident = resident_();
    seen_->store(resident, std::memory_order_relaxed);
    limit_metric_.set(static_cast<std::int64_t>(budget_.limit));
    const auto latest = threshold(budget_);
    const bool shedding = shedding_.load(std::memory_order_relaxed);
    if (shedding && (latest == 0 || resident < latest - latest / 10)) {
        end(resident);
    } else if (!shedding && latest > 0 && resident >= latest) {
        begin(resident);
    }
    if (latest == 0) {
        return kUnlimited;
    }
    if (shedding_.load(std::memory_order_relaxed) && --until_trim_ <= 0) {
        until_trim_ = kLooksBetweenTrims;
        ::malloc_trim(0);
    }
    return resident >= latest / 2 ? kNear : kFar;
}

void MemoryWatch::begin(std::uint64_t resident) {
    shedding_.store(true, std::memory_order_relaxed);
    shedding_metric_.set(1);
    until_trim_ = 0;
    log_.warn(
        "near the memory limit: new calls are refused", {{"resident_bytes", resident}, {"limit_bytes", budget_.limit}}
    );
}

void MemoryWatch::end(std::uint64_t resident) {
    shedding_.store(false, std::memory_order_relaxed);
    shedding_metric_.set(0);
    log_.warn(
        "away from the memory limit: calls are taken again",
        {{"resident_bytes", resident}, {"limit_bytes", budget_.limit}}
    );
}

}  // namespace aihub::app
