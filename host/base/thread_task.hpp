// What the calling thread is doing for somebody else, so that a watchdog can name who holds a thread.
#pragma once

#include <string_view>

namespace aihub {

// Views of texts that outlive the work.
struct ThreadTask {
    std::string_view owner;  // a plugin's id; empty: nothing is being done for anybody
    std::string_view name;   // "on_frame"
};

// Of this thread. Reads a thread_local of plain words, so a signal handler may ask, too: it then sees the task that the
// signal interrupted.
[[nodiscard]] ThreadTask current_thread_task();

// Says it for the length of a scope; scopes nest. Costs a few stores.
class TaskScope {
public:
    explicit TaskScope(const ThreadTask& task);
    ~TaskScope();
    TaskScope(const TaskScope&) = delete;
    TaskScope& operator=(const TaskScope&) = delete;

private:
    const ThreadTask outer_;
};

}  // namespace aihub
