#include "app/thread_stack.hpp"

#include "base/thread_task.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <semaphore.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <ctime>
#include <mutex>

namespace aihub::app {

namespace {

constexpr std::size_t kNameBytesMax = 128;

int stack_signal() {
    return SIGRTMIN + 5;
}

// What a handler writes to. There is one handler in a process, so there is one of these, and it is never destroyed: a
// thread that was asked may answer when nobody waits any more.
struct Answer {
    std::atomic<int> wanted{0};  // the number of the question; 0: none, -1: a handler is writing
    std::array<void*, ThreadStack::kFramesMax> frames{};
    int depth = 0;
    std::array<char, kNameBytesMax> owner{};
    std::array<char, kNameBytesMax> task{};
    sem_t written{};
};

Answer& answer() {
    static Answer the_answer;
    return the_answer;
}

void note(std::array<char, kNameBytesMax>& place, std::string_view text) {
    const auto size = std::min(text.size(), place.size() - 1);
    std::copy_n(text.begin(), size, place.begin());
    place[size] = '\0';
}

// Async-signal-safe: backtrace() was called once before, so it loads nothing, and glibc 2.35 finds unwind tables
// without a lock.
void on_signal(int, siginfo_t* info, void*) {
    const int before = errno;
    Answer& place = answer();
    int number = info->si_value.sival_int;
    if (number > 0 && place.wanted.compare_exchange_strong(number, -1)) {
        place.depth = backtrace(place.frames.data(), static_cast<int>(place.frames.size()));
        const auto task = current_thread_task();
        note(place.owner, task.owner);
        note(place.task, task.name);
        place.wanted.store(0);
        sem_post(&place.written);
    }
    errno = before;
}

bool install() {
    Answer& place = answer();
    sem_init(&place.written, 0, 0);
    backtrace(place.frames.data(), 1);  // Loads what it needs now and not in the handler.
    struct sigaction action {};
    action.sa_sigaction = &on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(stack_signal(), &action, nullptr) == 0;
}

bool wait_for(sem_t& semaphore, std::chrono::milliseconds patience) {
    timespec until{};
    clock_gettime(CLOCK_MONOTONIC, &until);
    const auto nanoseconds = until.tv_nsec + std::chrono::nanoseconds(patience % std::chrono::seconds(1)).count();
    until.tv_sec += patience / std::chrono::seconds(1) + nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    while (sem_clockwait(&semaphore, CLOCK_MONOTONIC, &until) != 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void append_hex(std::string& out, std::uintptr_t number) {
    char digits[2 * sizeof number];
    out.append("+0x").append(digits, std::to_chars(digits, digits + sizeof digits, number, 16).ptr);
}

void append_frame(std::string& out, const void* frame) {
    const auto address = reinterpret_cast<std::uintptr_t>(frame);
    Dl_info found{};
    if (dladdr(frame, &found) == 0 || found.dli_fname == nullptr) {
        append_hex(out, address);
        return;
    }
    if (found.dli_sname != nullptr) {
        out += found.dli_sname;
        append_hex(out, address - reinterpret_cast<std::uintptr_t>(found.dli_saddr));
        return;
    }
    const std::string_view file(found.dli_fname);
    out += file.substr(file.rfind('/') + 1);
    append_hex(out, address - reinterpret_cast<std::uintptr_t>(found.dli_fbase));
}

}  // namespace

std::string ThreadStack::text() const {
    std::string out;
    for (const void* frame : frames) {
        out += out.empty() ? "" : " < ";
        append_frame(out, frame);
    }
    return out;
}

Result<ThreadStack> sample_stack(pthread_t thread, std::chrono::milliseconds patience) {
    static std::mutex one_at_a_time;
    static int last_number = 0;
    const std::scoped_lock lock(one_at_a_time);
    static const bool kInstalled = install();
    if (!kInstalled) {
        return Error{Errc::unavailable, "the signal for stacks cannot be used"};
    }
    Answer& place = answer();
    while (sem_trywait(&place.written) == 0) {  // The thread answered the question before when nobody waited any more.
    }
    int number = ++last_number;
    place.wanted.store(number);
    if (pthread_sigqueue(thread, stack_signal(), sigval{.sival_int = number}) != 0) {
        place.wanted.store(0);
        return Error{Errc::unavailable, "the thread cannot be interrupted"};
    }
    if (!wait_for(place.written, patience)) {
        if (place.wanted.compare_exchange_strong(number, 0) || !wait_for(place.written, patience)) {
            return Error{Errc::unavailable, "the thread does not answer"};
        }
    }
    // The first two are the handler and the kernel's return from it.
    ThreadStack stack{place.owner.data(), place.task.data(), {}};
    for (int i = 2; i < place.depth; ++i) {
        stack.frames.push_back(place.frames[static_cast<std::size_t>(i)]);
    }
    return stack;
}

}  // namespace aihub::app
