#include "base/thread_task.hpp"

#include <atomic>

namespace aihub {

namespace {

// A fact about the thread, like its kind (thread_kind.hpp).
thread_local constinit ThreadTask this_thread_task;

void set(const ThreadTask& task) {
    // The owner says whether there is a task: a handler between these lines sees none or a whole one.
    this_thread_task.owner = {};
    std::atomic_signal_fence(std::memory_order_release);
    this_thread_task.name = task.name;
    std::atomic_signal_fence(std::memory_order_release);
    this_thread_task.owner = task.owner;
}

}  // namespace

ThreadTask current_thread_task() {
    return this_thread_task;
}

TaskScope::TaskScope(const ThreadTask& task) : outer_(this_thread_task) {
    set(task);
}

TaskScope::~TaskScope() {
    set(outer_);
}

}  // namespace aihub
