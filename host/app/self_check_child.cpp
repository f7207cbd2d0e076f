#include "app/self_check_child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace aihub::app {

namespace {

constexpr std::size_t kSaidMax = 4096;
constexpr std::string_view kReason = "policy_self_check";

// A child in a group of its own, so that what it starts ends with it; `error_end` is its standard error.
Result<pid_t> start(const std::string& program, int error_end) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, error_end, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::string name = program;
    std::string command = "policy";
    std::string check = "self-check";
    std::array<char*, 4> arguments{name.data(), command.data(), check.data(), nullptr};
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        return Error{
            Errc::unavailable,
            "the self-check of policies cannot be started: " + program + ": " + std::strerror(error),
            std::string(kReason)};
    }
    return pid;
}

// What it says until it has ended; false: it has not at `deadline`.
bool read_until(int in, const Clock& clock, SteadyTime deadline, std::string& said) {
    std::array<char, 512> part{};
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.steady_now()).count();
        pollfd waiting{in, POLLIN, 0};
        const int ready = left > 0 ? ::poll(&waiting, 1, static_cast<int>(left)) : 0;
        if (ready == 0) {
            return false;
        }
        const auto count = ready > 0 ? ::read(in, part.data(), part.size()) : -1;
        if (count > 0) {
            said.append(part.data(), said.size() < kSaidMax ? static_cast<std::size_t>(count) : 0);
        } else if (count == 0 || errno != EINTR) {
            return true;
        }
    }
}

// As the command says it, "error: ..." in one line.
std::string reason_of(std::string said) {
    constexpr std::string_view kError = "error: ";
    if (said.starts_with(kError)) {
        said.erase(0, kError.size());
    }
    said.erase(said.find_last_not_of('\n') + 1);
    return said.empty() ? "the self-check of policies ended without a word" : said;
}

}  // namespace

Result<void> self_check_by_child(const std::string& program, const Clock& clock, std::chrono::milliseconds patience) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return Error{Errc::unavailable, "no pipe for the self-check of policies: too many open files"};
    }
    const auto child = start(program, ends[1]);
    ::close(ends[1]);
    std::string said;
    const bool ended = child && read_until(ends[0], clock, clock.steady_now() + patience, said);
    ::close(ends[0]);
    if (!child) {
        return child.error();
    }
    if (!ended) {
        ::kill(-*child, SIGKILL);
    }
    int status = 0;
    while (::waitpid(*child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!ended) {
        return Error{Errc::unavailable, "the self-check of policies did not end in time", std::string(kReason)};
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return {};
    }
    return Error{Errc::internal, reason_of(std::move(said)), std::string(kReason)};
}

}  // namespace aihub::app
