// Upgrade without a lost connection: a new process of the program gets the listening sockets, and only when it serves
// does the old one stop.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/load.hpp"
#include "net/inherited_sockets.hpp"

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace aihub::app {

// What the process that started this one left to it. One thread.
class Inheritance {
public:
    Inheritance() = default;
    // From the environment: what Successor gives, or a service manager's LISTEN_PID and LISTEN_FDS. Nothing, when
    // neither is there or they are meant for another process.
    static Result<Inheritance> take(const config::Sources& sources);
    Inheritance(Inheritance&& other) noexcept;
    Inheritance& operator=(Inheritance&& other) noexcept;
    ~Inheritance();

    net::InheritedSockets sockets;
    // Tells the old process that this one serves. Without one it does nothing.
    void say_ready();

private:
    int ready_ = -1;
};

// A process that is to take over. One thread. Its end before it is ready is noticed, and so is a time-out.
class Successor {
public:
    enum class State { starting, ready, failed };

    // Starts `program` with `arguments`; it gets `sockets` and this environment. SIGIO or SIGCHLD comes to this process
    // when there is something to look at.
    static Result<Successor> start(
        const std::string& program,
        const std::vector<std::string>& arguments,
        const std::vector<int>& sockets,
        SteadyTime deadline
    );
    Successor(Successor&& other) noexcept;
    Successor& operator=(Successor&&) = delete;
    // Ends the process, unless it is ready: then it lives on.
    ~Successor();

    // How far it is; never waits. Past the deadline it has failed.
    [[nodiscard]] State look(SteadyTime now);
    [[nodiscard]] pid_t pid() const { return pid_; }
    // Why it failed, for people.
    [[nodiscard]] const std::string& failure() const { return failure_; }

private:
    Successor(pid_t pid, int ready, SteadyTime deadline) : pid_(pid), ready_(ready), deadline_(deadline) {}
    void end();

    pid_t pid_;
    int ready_;
    SteadyTime deadline_;
    State state_ = State::starting;
    std::string failure_;
};

// The path that this program was started by, absolute, so that a file that was put in its place is found there.
[[nodiscard]] std::string program_path();

}  // namespace aihub::app
