#include "app/service_notice.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace aihub::app {

namespace {

std::uint64_t number_of(const std::string& text) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
    return whole ? number : 0;
}

// Meant for this process: the variable may have been handed on by a parent.
std::chrono::microseconds watchdog_of(const config::Sources& sources) {
    const auto pid = sources.environment("WATCHDOG_PID");
    if (pid && number_of(*pid) != static_cast<std::uint64_t>(getpid())) {
        return std::chrono::microseconds(0);
    }
    constexpr std::uint64_t kDayUs = 86400ULL * 1000 * 1000;
    const auto wanted = number_of(sources.environment("WATCHDOG_USEC").value_or(""));
    return std::chrono::microseconds(static_cast<std::int64_t>(wanted <= kDayUs ? wanted : 0));
}

}  // namespace

ServiceNotice::ServiceNotice(const config::Sources& sources) {
    address_ = sources.environment("NOTIFY_SOCKET").value_or("");
    const bool usable = address_.size() > 1 && address_.size() < sizeof(sockaddr_un::sun_path) &&
                        (address_.front() == '/' || address_.front() == '@');
    if (!usable) {
        return;
    }
    if (address_.front() == '@') {
        address_.front() = '\0';
    }
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    watchdog_ = watchdog_of(sources);
}

ServiceNotice::~ServiceNotice() {
    if (socket_ >= 0) {
        ::close(socket_);
    }
}

void ServiceNotice::send(std::string_view message) const {
    if (socket_ < 0) {
        return;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, address_.data(), address_.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    // Nobody to hear it is no reason to stop.
    static_cast<void>(::sendto(
        socket_, message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size
    ));
}

}  // namespace aihub::app
