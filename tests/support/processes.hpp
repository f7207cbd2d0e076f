// Other processes that run the same code at the same time.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <vector>

namespace aihub::testing {

// Runs `work(0)` .. `work(count - 1)`, each in a process of its own, all let go at the same moment. Gives the number of
// those that returned true. Call it while the test has no other thread.
inline int succeed_in_processes(int count, const std::function<bool(int)>& work) {
    int gate[2];
    if (::pipe(gate) != 0) {
        return -1;
    }
    std::vector<pid_t> children;
    for (int i = 0; i < count; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(gate[1]);
            char nothing = 0;
            (void)!::read(gate[0], &nothing, 1);  // Ends when the parent closes its side.
            ::_exit(work(i) ? 0 : 1);
        }
        children.push_back(child);
    }
    ::close(gate[0]);
    ::close(gate[1]);
    int succeeded = 0;
    for (const pid_t child : children) {
        int status = -1;
        if (child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            ++succeeded;
        }
    }
    return succeeded;
}

}  // namespace aihub::testing
