// What a process has used, from /proc. A process counts with all its descendants.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <cstddef>

namespace aihub::bench {

// User and system time so far, in seconds; the kernel counts in ticks of 10 ms.
[[nodiscard]] double cpu_seconds(pid_t pid);
// Resident memory now, and at its highest since the start, in bytes.
[[nodiscard]] std::size_t resident_bytes(pid_t pid);
[[nodiscard]] std::size_t peak_resident_bytes(pid_t pid);
// Raises the limit of open files to the hard one; gives it.
std::size_t raise_file_limit();

// Keeps this process, and those it starts meanwhile, on one core.
class OneCore {
public:
    OneCore();
    ~OneCore();
    OneCore(const OneCore&) = delete;
    OneCore& operator=(const OneCore&) = delete;

private:
    cpu_set_t before_;
};

}  // namespace aihub::bench
