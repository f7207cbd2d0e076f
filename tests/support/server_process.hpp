// The real server as a child process.
#pragma once

#include "support/posix.hpp"

#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace aihub::testing {

// How a program that was run to its end ended.
struct Finished {
    int status = -1;  // exit status; 128 + signal when it was killed; -1: it did not end in time
    std::string out;
    std::string err;
};

// The binary under test: $AIHUB_BINARY, or `aihub` of this build.
[[nodiscard]] std::string binary_path();

// A child with its two outputs captured. It is killed with SIGKILL when destroyed alive, and dies with the test; what
// it started itself is its own to end.
class ChildProcess {
public:
    // `arguments[0]` is the program. `environment` is added to a small clean one (PATH, HOME, sanitizer options).
    ChildProcess(
        std::vector<std::string> arguments,
        const std::string& directory,
        const std::map<std::string, std::string>& environment = {}
    );
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    // Waits for a whole line of an output that contains `text`; gives the line, or nothing at the deadline or when the
    // child ended without it.
    enum class Output { out, err };
    [[nodiscard]] std::optional<std::string> wait_for_line(
        Output output, std::string_view text, Milliseconds patience = kPatience
    );
    [[nodiscard]] std::string text(Output output) const;
    void signal(int number) const;
    // Waits for its end; nullopt: the deadline passed.
    [[nodiscard]] std::optional<int> wait_for_exit(Milliseconds patience = kPatience);
    [[nodiscard]] pid_t pid() const { return pid_; }
    // Its own children will write to its outputs and outlive it: its end is not the end of the outputs.
    void share_outputs() { shares_outputs_ = true; }

private:
    void read_outputs();

    pid_t pid_ = -1;
    Descriptor process_;  // pidfd: readable when the child has ended
    Descriptor pipes_[2];
    Signal stopping_;  // ends the reader though a grandchild still holds the pipes
    std::optional<int> status_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::string text_[2];
    bool drained_ = false;
    bool shares_outputs_ = false;
    std::jthread reader_;
};

[[nodiscard]] Finished run_program(
    std::vector<std::string> arguments, const std::string& directory, Milliseconds patience = kPatience
);

// `aihub serve` in a directory of its own, at a port chosen by the kernel unless the configuration begins with
// `listen:`. start() waits until it listens.
class ServerProcess {
public:
    // An empty config: started without --config.
    explicit ServerProcess(std::string config, std::map<std::string, std::string> environment = {});

    // Before start(): more arguments for `aihub serve`, and another path to start the program by.
    void add_arguments(const std::vector<std::string>& arguments) {
        arguments_.insert(arguments_.end(), arguments.begin(), arguments.end());
    }
    void set_program(std::string path) { program_ = std::move(path); }
    // False: it did not come up; output() says why.
    [[nodiscard]] bool start(Milliseconds patience = kPatience);
    // Writes a new configuration file; reload() sends SIGHUP.
    void set_config(std::string_view config) const;
    void reload() const;
    void terminate() const;
    [[nodiscard]] std::optional<int> wait_for_exit(Milliseconds patience = kPatience);

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] pid_t pid() const { return child_->pid(); }
    [[nodiscard]] ChildProcess& child() { return *child_; }
    // The key made at first start; waits for it.
    [[nodiscard]] std::string first_key() const;
    // Both outputs so far.
    [[nodiscard]] std::string output() const;
    [[nodiscard]] const std::string& directory() const { return directory_.path(); }
    [[nodiscard]] std::string data_directory() const { return directory_.file("var"); }
    [[nodiscard]] std::string config_file() const { return directory_.file("aihub.yaml"); }
    // `aihub <arguments> --data ...` beside the running server.
    [[nodiscard]] Finished command(std::vector<std::string> arguments) const;

private:
    TempDir directory_;
    bool has_config_;
    std::string program_ = binary_path();
    std::vector<std::string> arguments_;
    std::map<std::string, std::string> environment_;
    std::unique_ptr<ChildProcess> child_;
    std::uint16_t port_ = 0;
};

}  // namespace aihub::testing
