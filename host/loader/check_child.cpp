#include "loader/check_child.hpp"

#include "base/clock.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iterator>

namespace aihub::loader {
namespace {

struct Possessions {
    std::ptrdiff_t files = 0;
    std::ptrdiff_t threads = 0;
};

std::ptrdiff_t entries(const char* directory) {
    std::error_code failed;
    const std::filesystem::directory_iterator begin(directory, failed);
    return failed ? 0 : std::distance(begin, std::filesystem::directory_iterator());
}

Possessions possessions() {
    return {entries("/proc/self/fd"), entries("/proc/self/task")};
}

// A joined thread stays in /proc for a moment, so a surplus is looked at again before it counts.
std::string left_behind(const Possessions& before) {
    constexpr int kLooks = 50;
    Possessions now;
    for (int look = 0; look < kLooks; ++look) {
        now = possessions();
        if (now.threads <= before.threads && now.files <= before.files) {
            return {};
        }
        ::poll(nullptr, 0, 10);
    }
    if (now.threads > before.threads) {
        return "left " + std::to_string(now.threads - before.threads) + " thread(s) running after deinit: join them";
    }
    return "left " + std::to_string(now.files - before.files) + " file(s) or socket(s) open after deinit: close them";
}

void write_all(int file, const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t count = ::write(file, text.data() + done, text.size() - done);
        if (count <= 0 && errno != EINTR) {
            return;
        }
        done += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
}

// The first byte says how it went: '+' or '-'.
[[noreturn]] void run_child(int out, const std::function<Result<std::string>()>& body) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    const Possessions before = possessions();
    std::string answer;
    try {
        const Result<std::string> done = body();
        answer = done ? "+" + *done : "-" + done.error().message;
    } catch (const std::exception& exception) {
        answer = std::string("-threw: ") + exception.what();
    }
    if (const std::string left = answer.front() == '+' ? left_behind(before) : std::string(); !left.empty()) {
        answer = "-" + left;
    }
    write_all(out, answer);
    // Without the parent's exit handlers and unflushed buffers.
    ::_exit(0);
}

// Reads until the child closes its end. False: time is over.
bool read_all(int in, std::chrono::milliseconds time_max, std::string& text) {
    const SystemClock clock;
    const SteadyTime end = clock.steady_now() + time_max;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock.steady_now());
        pollfd waiting{in, POLLIN, 0};
        const int ready = left.count() <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left.count()) + 1);
        if (ready == 0) {
            return false;
        }
        char buffer[4096];
        const ssize_t count = ready < 0 ? -1 : ::read(in, buffer, sizeof buffer);
        if (count == 0) {
            return true;
        }
        if (count < 0 && errno != EINTR) {
            return true;
        }
        text.append(buffer, count > 0 ? static_cast<std::size_t>(count) : 0);
    }
}

ChildAnswer explain(int status, const std::string& text) {
    if (WIFSIGNALED(status)) {
        return {false, std::string("crashed: ") + ::strsignal(WTERMSIG(status))};
    }
    if (text.empty()) {
        return {false, "ended the process by itself (exit code " + std::to_string(WEXITSTATUS(status)) + ")"};
    }
    return {text.front() == '+', text.substr(1)};
}

}  // namespace

ChildAnswer run_in_child(std::chrono::milliseconds time_max, const std::function<Result<std::string>()>& body) {
    int ends[2];
    if (::pipe(ends) != 0) {
        return {false, std::string("cannot make a pipe: ") + std::strerror(errno)};
    }
    const pid_t child = ::fork();
    if (child < 0) {
        ::close(ends[0]);
        ::close(ends[1]);
        return {false, std::string("cannot fork: ") + std::strerror(errno)};
    }
    if (child == 0) {
        ::close(ends[0]);
        run_child(ends[1], body);
    }
    ::close(ends[1]);
    std::string text;
    const bool in_time = read_all(ends[0], time_max, text);
    ::close(ends[0]);
    if (!in_time) {
        ::kill(child, SIGKILL);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!in_time) {
        return {false, "did not end within " + std::to_string(time_max.count()) + " ms"};
    }
    return explain(status, text);
}

}  // namespace aihub::loader
