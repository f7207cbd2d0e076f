// Tells the service manager how the process is: the datagrams of sd_notify(3).
#pragma once

#include "base/result.hpp"
#include "config/load.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace aihub::app {

// Made at start from NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; without them every function does nothing. send()
// from any thread: it never waits, and a manager that does not take it does not hold the process up.
class ServiceNotice {
public:
    explicit ServiceNotice(const config::Sources& sources);
    ~ServiceNotice();
    ServiceNotice(const ServiceNotice&) = delete;
    ServiceNotice& operator=(const ServiceNotice&) = delete;

    // One message, for example "READY=1" or "STOPPING=1"; several lines are one datagram.
    void send(std::string_view message) const;

    [[nodiscard]] bool wanted() const { return socket_ >= 0; }
    // How often the manager wants to hear WATCHDOG=1 at the latest; 0: not at all.
    [[nodiscard]] std::chrono::microseconds watchdog() const { return watchdog_; }

private:
    int socket_ = -1;
    std::string address_;  // a path, or an abstract name that begins with a zero byte
    std::chrono::microseconds watchdog_{0};
};

}  // namespace aihub::app
