#include "support/server_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace aihub::testing {
namespace {

constexpr const char* kKept[] = {
    "PATH", "HOME", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"};

std::vector<std::string> make_environment(const std::map<std::string, std::string>& added) {
    std::vector<std::string> list;
    for (const char* name : kKept) {
        if (const char* value = std::getenv(name); value != nullptr && !added.contains(name)) {
            list.push_back(std::string(name) + "=" + value);
        }
    }
    for (const auto& [name, value] : added) {
        list.push_back(name + "=" + value);
    }
    return list;
}

std::vector<char*> pointers(std::vector<std::string>& list) {
    std::vector<char*> result;
    for (auto& text : list) {
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

std::array<Descriptor, 2> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe");
    }
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

int exit_status(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::string binary_path() {
    if (const char* path = std::getenv("AIHUB_BINARY")) {
        return path;
    }
    // Every program of a build lands in one directory.
    return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "aihub").string();
}

ChildProcess::ChildProcess(
    std::vector<std::string> arguments,
    const std::string& directory,
    const std::map<std::string, std::string>& environment
) {
    auto out = make_pipe();
    auto err = make_pipe();
    auto environment_list = make_environment(environment);
    const auto argv = pointers(arguments);
    const auto envp = pointers(environment_list);
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (pid_ == 0) {
        // Only calls that are safe between fork and exec.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent || ::chdir(directory.c_str()) != 0) {
            ::_exit(126);
        }
        ::dup2(::open("/dev/null", O_RDONLY), 0);
        ::dup2(out[1].get(), 1);
        ::dup2(err[1].get(), 2);
        ::execve(argv[0], argv.data(), envp.data());
        ::_exit(127);
    }
    process_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    pipes_[0] = std::move(out[0]);
    pipes_[1] = std::move(err[0]);
    reader_ = std::jthread([this] { read_outputs(); });
}

ChildProcess::~ChildProcess() {
    if (!status_) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    stopping_.set();
}

void ChildProcess::read_outputs() {
    std::array<pollfd, 3> entries{
        pollfd{pipes_[0].get(), POLLIN, 0},
        pollfd{pipes_[1].get(), POLLIN, 0},
        pollfd{stopping_.descriptor(), POLLIN, 0}};
    while (entries[2].revents == 0 && (entries[0].fd >= 0 || entries[1].fd >= 0)) {
        ::poll(entries.data(), entries.size(), -1);
        for (std::size_t index = 0; index < 2; ++index) {
            if (entries[index].fd < 0 || entries[index].revents == 0) {
                continue;
            }
            std::array<char, 4096> buffer;
            const auto count = ::read(entries[index].fd, buffer.data(), buffer.size());
            if (count > 0) {
                const std::scoped_lock lock(mutex_);
                text_[index].append(buffer.data(), static_cast<std::size_t>(count));
            } else {
                entries[index].fd = -1;
            }
        }
        changed_.notify_all();
    }
    const std::scoped_lock lock(mutex_);
    drained_ = true;
    changed_.notify_all();
}

std::optional<std::string> ChildProcess::wait_for_line(Output output, std::string_view text, Milliseconds patience) {
    const std::string& source = text_[output == Output::out ? 0 : 1];
    std::optional<std::string> line;
    const auto found = [&] {
        const auto at = source.find(text);
        const auto end = at == std::string::npos ? at : source.find('\n', at);
        if (end == std::string::npos) {
            return drained_;
        }
        const auto begin = source.rfind('\n', at);
        line = source.substr(
            begin == std::string::npos ? 0 : begin + 1, end - (begin == std::string::npos ? 0 : begin + 1)
        );
        return true;
    };
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, found);
    return line;
}

std::string ChildProcess::text(Output output) const {
    const std::scoped_lock lock(mutex_);
    return text_[output == Output::out ? 0 : 1];
}

void ChildProcess::signal(int number) const {
    ::kill(pid_, number);
}

std::optional<int> ChildProcess::wait_for_exit(Milliseconds patience) {
    if (status_) {
        return status_;
    }
    pollfd entry{process_.get(), POLLIN, 0};
    const Deadline deadline(patience);
    if (::poll(&entry, 1, deadline.left_ms()) <= 0) {
        return std::nullopt;
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    status_ = exit_status(status);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return drained_ || shares_outputs_; });
    return status_;
}

Finished run_program(std::vector<std::string> arguments, const std::string& directory, Milliseconds patience) {
    ChildProcess child(std::move(arguments), directory);
    const auto status = child.wait_for_exit(patience);
    return {status.value_or(-1), child.text(ChildProcess::Output::out), child.text(ChildProcess::Output::err)};
}

ServerProcess::ServerProcess(std::string config, std::map<std::string, std::string> environment)
    : has_config_(!config.empty()), environment_(std::move(environment)) {
    if (has_config_) {
        set_config(config);
    }
}

bool ServerProcess::start(Milliseconds patience) {
    std::vector<std::string> arguments{program_, "serve", "--data", data_directory()};
    if (!read_file(config_file()).starts_with("listen:")) {
        arguments.insert(arguments.end(), {"--listen", "127.0.0.1:0"});
    }
    arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
    if (has_config_) {
        arguments.insert(arguments.end(), {"--config", config_file()});
    }
    child_ = std::make_unique<ChildProcess>(std::move(arguments), directory_.path(), environment_);
    constexpr std::string_view kText = "://127.0.0.1:";
    const auto line = child_->wait_for_line(ChildProcess::Output::out, "listening on http", patience);
    if (!line) {
        return false;
    }
    const auto digits = line->substr(std::min(line->size(), line->find(kText) + kText.size()));
    return std::from_chars(digits.data(), digits.data() + digits.size(), port_).ec == std::errc{} && port_ != 0;
}

void ServerProcess::set_config(std::string_view config) const {
    // As a whole, as an editor does: the server may be reading.
    const auto next = config_file() + ".next";
    write_file(next, config);
    std::filesystem::rename(next, config_file());
}

void ServerProcess::reload() const {
    child_->signal(SIGHUP);
}

void ServerProcess::terminate() const {
    child_->signal(SIGTERM);
}

std::optional<int> ServerProcess::wait_for_exit(Milliseconds patience) {
    return child_->wait_for_exit(patience);
}

std::string ServerProcess::first_key() const {
    const std::string path = data_directory() + "/first-key";
    std::string key;
    (void)eventually([&] {
        key = read_file(path);
        return key.find('\n') != std::string::npos || key.size() > 36;
    });
    while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) {
        key.pop_back();
    }
    return key;
}

std::string ServerProcess::output() const {
    if (child_ == nullptr) {
        return "not started";
    }
    return "stdout:\n" + child_->text(ChildProcess::Output::out) + "stderr:\n" +
           child_->text(ChildProcess::Output::err);
}

Finished ServerProcess::command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), binary_path());
    arguments.insert(arguments.end(), {"--data", data_directory()});
    return run_program(std::move(arguments), directory_.path());
}

}  // namespace aihub::testing
