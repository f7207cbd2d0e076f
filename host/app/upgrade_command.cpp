#include "app/command_line.hpp"
#include "app/options.hpp"
#include "app/pid_file.hpp"
#include "base/clock.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iostream>

namespace aihub::app {

namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::seconds kPatienceMax{3600};

// Tells when a file of a directory was replaced.
class Watch {
public:
    explicit Watch(const std::string& file) : descriptor_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
        const auto directory = std::filesystem::absolute(file).parent_path();
        ::inotify_add_watch(descriptor_, directory.c_str(), IN_MOVED_TO | IN_DELETE);
    }
    ~Watch() { ::close(descriptor_); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    void wait(std::chrono::milliseconds patience) const {
        pollfd entry{descriptor_, POLLIN, 0};
        if (::poll(&entry, 1, static_cast<int>(patience.count())) > 0) {
            char events[4096];
            static_cast<void>(!::read(descriptor_, events, sizeof events));
        }
    }

private:
    int descriptor_;
};

Result<std::chrono::seconds> patience_of(const Parsed& parsed) {
    const auto text = parsed.value("timeout");
    if (text.empty()) {
        return kPatience;
    }
    std::int64_t seconds = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, seconds);
    const bool in_range = seconds > 0 && seconds <= kPatienceMax.count();
    if (read.ec != std::errc() || std::string(read.ptr, end) != "s" || !in_range) {
        return Error{Errc::invalid_request, "--timeout " + text + ": write it as 1s to 3600s"};
    }
    return std::chrono::seconds(seconds);
}

// When the file was written last; nothing: it is not there.
std::optional<std::filesystem::file_time_type> written_at(const std::string& file) {
    std::error_code error;
    const auto time = std::filesystem::last_write_time(file, error);
    return error ? std::nullopt : std::optional(time);
}

// Gives the process that serves then.
Result<pid_t> upgrade(const std::string& file, std::chrono::seconds patience) {
    const pid_t old = AIHUB_TRY(PidFile::read(file));
    const Watch watch(file);
    const auto before = written_at(file);
    if (::kill(old, SIGUSR2) != 0) {
        return Error{Errc::unavailable, "cannot signal process " + std::to_string(old) + ": " + std::strerror(errno)};
    }
    const SystemClock clock;
    const auto deadline = clock.steady_now() + patience;
    for (auto now = clock.steady_now(); now < deadline; now = clock.steady_now()) {
        watch.wait(std::chrono::ceil<std::chrono::milliseconds>(deadline - now));
        const auto serving = PidFile::read(file);
        if (serving && *serving != old) {
            return *serving;
        }
        if (serving && written_at(file) != before) {
            return Error{
                Errc::unavailable,
                "the new process did not come up, process " + std::to_string(old) + " goes on; its log says why"};
        }
    }
    return Error{Errc::unavailable, "no new process took over in time; the log of the server says how far it is"};
}

}  // namespace

int upgrade_command(const std::vector<std::string>& arguments) {
    const CommandSpec spec{
        "aihub upgrade --pid-file FILE [--timeout 60s]",
        "Starts the program anew on the sockets of a running `aihub serve --pid-file FILE` and waits until the new\n"
        "process serves. The old one takes no more connections then, lets its calls finish for up to shutdown_grace,\n"
        "and ends. When the new one cannot start, the old one goes on, and the exit status is 1.",
        {{"pid-file", "FILE", "the file that the server was started with"},
         {"timeout", "SECONDS", "how long to wait, for example 60s"}}};
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    const auto patience = patience_of(parsed);
    if (!parsed.has("pid-file") || !patience) {
        std::cerr << "error: " << (patience ? "--pid-file is needed" : patience.error().message)
                  << "; see aihub upgrade --help\n";
        return kExitUsage;
    }
    const auto serving = upgrade(parsed.value("pid-file"), *patience);
    if (!serving) {
        return report_failure(serving.error().message);
    }
    std::cout << "process " << *serving << " serves now\n";
    return kExitOk;
}

}  // namespace aihub::app
