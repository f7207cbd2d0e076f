// Where another thread of the process is right now, without its help.
#pragma once

#include "base/result.hpp"

#include <pthread.h>

#include <chrono>
#include <string>
#include <vector>

namespace aihub::app {

struct ThreadStack {
    std::string owner;                // whom it works for (base/thread_task.hpp), or empty
    std::string task;                 // and what
    std::vector<const void*> frames;  // return addresses, the innermost first; at most kFramesMax

    static constexpr std::size_t kFramesMax = 48;
    // "name+0x1f", "libacme.so+0x12ab"; innermost first, separated by " < ". For addr2line -e FILE OFFSET.
    [[nodiscard]] std::string text() const;
};

// Interrupts `thread` with a realtime signal, whose handler notes the addresses; nothing else is done there. An error:
// the thread did not answer within `patience` (it is in an uninterruptible wait), or the signal cannot be used. A
// sleep in the thread may end early, as with any signal. One caller at a time; not the thread itself.
[[nodiscard]] Result<ThreadStack> sample_stack(pthread_t thread, std::chrono::milliseconds patience);

}  // namespace aihub::app
