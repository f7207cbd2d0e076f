#include "app/handover.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

namespace aihub::app {

namespace {

// As with LISTEN_FDS: the sockets begin here. The pipe's end comes behind them.
constexpr int kFirst = 3;
constexpr std::size_t kSocketsMax = 4096;
// The number of sockets, from one process of this program to the next.
constexpr const char* kOurs = "AIHUB_LISTEN_FDS";
// Meant for one process only, so a successor must not see them.
constexpr const char* kNotHandedOn[] = {kOurs, "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_PID"};

Result<std::size_t> count_of(const char* name, const std::string& text) {
    std::size_t count = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, count);
    if (parsed.ec != std::errc() || parsed.ptr != end || count > kSocketsMax) {
        return Error{
            Errc::invalid_request,
            std::string(name) + " in the environment is not a number of sockets; start without it"};
    }
    return count;
}

std::string status_text(int status) {
    if (WIFSIGNALED(status)) {
        return "it was ended by signal " + std::to_string(WTERMSIG(status));
    }
    return "it ended with status " + std::to_string(WEXITSTATUS(status));
}

std::vector<std::string> environment_of_successor(std::size_t sockets) {
    std::vector<std::string> entries;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto name = text.substr(0, text.find('='));
        if (std::find(std::begin(kNotHandedOn), std::end(kNotHandedOn), name) == std::end(kNotHandedOn)) {
            entries.emplace_back(text);
        }
    }
    entries.push_back(std::string(kOurs) + "=" + std::to_string(sockets));
    return entries;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    list.reserve(texts.size() + 1);
    for (auto& text : texts) {
        list.push_back(text.data());
    }
    list.push_back(nullptr);
    return list;
}

// A copy of `descriptors` with numbers over all that they will get, so that none is overwritten on the way there.
class HighCopies {
public:
    explicit HighCopies(const std::vector<int>& descriptors) {
        const int above = kFirst + static_cast<int>(descriptors.size());
        for (const int descriptor : descriptors) {
            copies_.push_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, above));
        }
    }
    ~HighCopies() {
        for (const int copy : copies_) {
            ::close(copy);
        }
    }
    HighCopies(const HighCopies&) = delete;
    HighCopies& operator=(const HighCopies&) = delete;
    [[nodiscard]] bool complete() const { return std::find(copies_.begin(), copies_.end(), -1) == copies_.end(); }
    [[nodiscard]] const std::vector<int>& list() const { return copies_; }

private:
    std::vector<int> copies_;
};

// Starts the program with `given` as its descriptors from kFirst on and none above. The blocked signals stay blocked:
// the program blocks them itself, and none may come between.
Result<pid_t> spawn(const std::string& program, std::vector<std::string> arguments, const std::vector<int>& given) {
    const HighCopies copies(given);
    if (!copies.complete()) {
        return Error{Errc::unavailable, std::string("cannot copy the sockets: ") + std::strerror(errno)};
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    int next = kFirst;
    for (const int copy : copies.list()) {
        posix_spawn_file_actions_adddup2(&actions, copy, next++);
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, next);
    arguments.insert(arguments.begin(), program);
    auto environment = environment_of_successor(given.size() - 1);
    pid_t pid = -1;
    const int error =
        posix_spawn(&pid, program.c_str(), &actions, nullptr, pointers(arguments).data(), pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        return Error{Errc::unavailable, "cannot start " + program + ": " + std::strerror(error)};
    }
    return pid;
}

}  // namespace

std::string program_path() {
    const auto* started = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
    std::error_code error;
    return started == nullptr ? std::string() : std::filesystem::absolute(started, error).string();
}

Result<Inheritance> Inheritance::take(const config::Sources& sources) {
    Inheritance inheritance;
    if (const auto ours = sources.environment(kOurs)) {
        const auto count = AIHUB_TRY(count_of(kOurs, *ours));
        inheritance.ready_ = kFirst + static_cast<int>(count);
        ::fcntl(inheritance.ready_, F_SETFD, FD_CLOEXEC);
        inheritance.sockets = AIHUB_TRY(net::InheritedSockets::take(kFirst, count));
        return inheritance;
    }
    const auto pid = sources.environment("LISTEN_PID");
    const auto listed = sources.environment("LISTEN_FDS");
    if (pid && listed && *pid == std::to_string(::getpid())) {
        const auto count = AIHUB_TRY(count_of("LISTEN_FDS", *listed));
        inheritance.sockets = AIHUB_TRY(net::InheritedSockets::take(kFirst, count));
    }
    return inheritance;
}

Inheritance::Inheritance(Inheritance&& other) noexcept
    : sockets(std::move(other.sockets)), ready_(std::exchange(other.ready_, -1)) {}

Inheritance& Inheritance::operator=(Inheritance&& other) noexcept {
    sockets = std::move(other.sockets);
    std::swap(ready_, other.ready_);
    return *this;
}

Inheritance::~Inheritance() {
    if (ready_ >= 0) {
        ::close(ready_);
    }
}

void Inheritance::say_ready() {
    if (ready_ >= 0) {
        // The old process may have gone meanwhile; then there is nobody to tell.
        static_cast<void>(!::write(ready_, "1", 1));
        ::close(std::exchange(ready_, -1));
    }
}

Result<Successor> Successor::start(
    const std::string& program,
    const std::vector<std::string>& arguments,
    const std::vector<int>& sockets,
    SteadyTime deadline
) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return Error{Errc::unavailable, std::string("cannot make a pipe: ") + std::strerror(errno)};
    }
    ::fcntl(ends[0], F_SETOWN, ::getpid());
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK | O_ASYNC);
    auto given = sockets;
    given.push_back(ends[1]);
    auto pid = spawn(program, arguments, given);
    ::close(ends[1]);
    if (!pid) {
        ::close(ends[0]);
        return pid.error();
    }
    return Successor(*pid, ends[0], deadline);
}

Successor::Successor(Successor&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      ready_(std::exchange(other.ready_, -1)),
      deadline_(other.deadline_),
      state_(other.state_),
      failure_(std::move(other.failure_)) {}

Successor::~Successor() {
    if (pid_ > 0 && state_ == State::starting) {
        end();
    }
    if (ready_ >= 0) {
        ::close(ready_);
    }
}

Successor::State Successor::look(SteadyTime now) {
    if (state_ != State::starting) {
        return state_;
    }
    char byte = 0;
    int status = 0;
    if (::read(ready_, &byte, 1) == 1) {
        state_ = State::ready;
    } else if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        state_ = State::failed;
        failure_ = status_text(status);
    } else if (now >= deadline_) {
        end();
        failure_ = "it was not ready in time (upgrade_timeout)";
    }
    return state_;
}

void Successor::end() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    state_ = State::failed;
}

}  // namespace aihub::app
