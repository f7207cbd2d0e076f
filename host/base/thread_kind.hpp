// Which kind of thread this is, so that blocking calls can refuse to run on an event loop.
#pragma once

namespace aihub {

enum class ThreadKind {
    any,      // not said: main, tests
    loop,     // runs an event loop: nothing on it may block
    control,  // the process and the control plane: may block
    worker,   // works through a queue: may block
};

// Says what the calling thread is; the first thing that a thread of the host does. Kept in a thread_local, the one
// accepted exception to "no globals": a thread is what it is, whoever asks, and passing it down every call would not
// let the called side check it.
void set_thread_kind(ThreadKind kind);
[[nodiscard]] ThreadKind current_thread_kind();

}  // namespace aihub
