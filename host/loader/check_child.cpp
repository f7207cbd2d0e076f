#include "loader/check_child.hpp"

#include "base/clock.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
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
std::string answer_of(const ChildBody& body) {
    const Possessions before = possessions();
    std::string answer;
    try {
        const Result<std::string> done = body();
        answer = done ? "+" + *done : "-" + done.error().message;
    } catch (const std::exception& exception) {
        answer = std::string("-threw: ") + exception.what();
    }
    const std::string left = answer.front() == '+' ? left_behind(before) : std::string();
    return left.empty() ? answer : "-" + left;
}

// Writes each answer behind its length.
[[noreturn]] void run_child(int out, std::span<const ChildBody> bodies) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    for (const ChildBody& body : bodies) {
        const std::string answer = answer_of(body);
        write_all(out, std::to_string(answer.size()) + "\n" + answer);
        if (answer.front() == '-') {
            break;
        }
    }
    // Without the parent's exit handlers and unflushed buffers.
    ::_exit(0);
}

// What the child writes, answer by answer.
class Answers {
public:
    enum class End { answer, closed, time };

    explicit Answers(int in) : in_(in) {}

    // The next one; or why there is none.
    End next(std::chrono::milliseconds time_max, ChildAnswer& answer) {
        const SteadyTime began = clock_.steady_now();
        const SteadyTime end = began + time_max;
        while (!take(answer)) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock_.steady_now());
            pollfd waiting{in_, POLLIN, 0};
            const int ready = left.count() <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left.count()) + 1);
            if (ready == 0) {
                return End::time;
            }
            char buffer[4096];
            const ssize_t count = ready < 0 ? -1 : ::read(in_, buffer, sizeof buffer);
            if (count == 0 || (count < 0 && errno != EINTR)) {
                return End::closed;
            }
            read_.append(buffer, count > 0 ? static_cast<std::size_t>(count) : 0);
        }
        answer.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - began);
        return End::answer;
    }

private:
    bool take(ChildAnswer& answer) {
        const std::size_t line = read_.find('\n');
        std::size_t size = 0;
        if (line == std::string::npos || std::from_chars(read_.data(), read_.data() + line, size).ec != std::errc() ||
            read_.size() - line - 1 < size) {
            return false;
        }
        answer.passed = read_[line + 1] == '+';
        answer.text = read_.substr(line + 2, size - 1);
        read_.erase(0, line + 1 + size);
        return true;
    }

    const SystemClock clock_;
    const int in_;
    std::string read_;
};

std::string explain(int status) {
    return WIFSIGNALED(status) ? std::string("crashed: ") + ::strsignal(WTERMSIG(status))
                               : "ended the process by itself (exit code " + std::to_string(WEXITSTATUS(status)) + ")";
}

int wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

}  // namespace

std::vector<ChildAnswer> run_in_child(std::chrono::milliseconds time_max, std::span<const ChildBody> bodies) {
    int ends[2];
    if (::pipe(ends) != 0) {
        return {{false, std::string("cannot make a pipe: ") + std::strerror(errno), {}}};
    }
    const pid_t child = ::fork();
    if (child < 0) {
        ::close(ends[0]);
        ::close(ends[1]);
        return {{false, std::string("cannot fork: ") + std::strerror(errno), {}}};
    }
    if (child == 0) {
        ::close(ends[0]);
        run_child(ends[1], bodies);
    }
    ::close(ends[1]);
    std::vector<ChildAnswer> answers;
    Answers said(ends[0]);
    auto end = Answers::End::answer;
    while (answers.size() < bodies.size() && (answers.empty() || answers.back().passed)) {
        ChildAnswer answer;
        end = said.next(time_max, answer);
        if (end != Answers::End::answer) {
            break;
        }
        answers.push_back(std::move(answer));
    }
    ::close(ends[0]);
    if (end == Answers::End::time) {
        ::kill(child, SIGKILL);
        answers.push_back({false, "did not end within " + std::to_string(time_max.count()) + " ms", time_max});
    }
    const int status = wait_for(child);
    if (end == Answers::End::closed) {
        answers.push_back({false, explain(status), {}});
    }
    return answers;
}

}  // namespace aihub::loader
