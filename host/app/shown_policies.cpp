#include "app/shown_policies.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

namespace aihub::app {

namespace {

constexpr std::chrono::seconds kPatience{1};
constexpr std::size_t kPageMax = 16U << 20U;

class Socket {
public:
    explicit Socket(int family) : descriptor_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
    ~Socket() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    [[nodiscard]] int get() const { return descriptor_; }

private:
    int descriptor_;
};

// The value of `name="..."`; names and hashes of bundles have nothing that is escaped.
std::string label_in(std::string_view line, std::string_view name) {
    const std::string begin = std::string(name) + "=\"";
    const auto at = line.find(begin);
    if (at == std::string_view::npos) {
        return {};
    }
    const auto value = line.substr(at + begin.size());
    return std::string(value.substr(0, value.find('"')));
}

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    int family = AF_INET;
};

std::optional<Address> address_of(const std::string& text, std::uint16_t port) {
    Address address;
    sockaddr_in four{};
    sockaddr_in6 six{};
    const std::string asked = text == "0.0.0.0" ? "127.0.0.1" : (text == "::" ? "::1" : text);
    if (::inet_pton(AF_INET, asked.c_str(), &four.sin_addr) == 1) {
        four.sin_family = AF_INET;
        four.sin_port = htons(port);
        std::memcpy(&address.storage, &four, sizeof four);
        address.size = sizeof four;
        return address;
    }
    if (::inet_pton(AF_INET6, asked.c_str(), &six.sin6_addr) != 1) {
        return std::nullopt;
    }
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    std::memcpy(&address.storage, &six, sizeof six);
    address.size = sizeof six;
    address.family = AF_INET6;
    return address;
}

bool wait_for(int socket, short events, const Clock& clock, SteadyTime deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.steady_now()).count();
    pollfd waiting{socket, events, 0};
    return left > 0 && ::poll(&waiting, 1, static_cast<int>(left)) == 1;
}

bool connect_to(const Socket& socket, const Address& address, const Clock& clock, SteadyTime deadline) {
    // The system's own type for any address.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    const auto* to = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::connect(socket.get(), to, address.size) == 0) {
        return true;
    }
    int error = 0;
    socklen_t size = sizeof error;
    return errno == EINPROGRESS && wait_for(socket.get(), POLLOUT, clock, deadline) &&
           ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

// The whole answer; nothing when it does not come whole in time.
std::optional<std::string> read_all(const Socket& socket, const Clock& clock, SteadyTime deadline) {
    std::string page;
    std::array<char, 65536> part{};
    while (page.size() < kPageMax && wait_for(socket.get(), POLLIN, clock, deadline)) {
        const auto count = ::recv(socket.get(), part.data(), part.size(), 0);
        if (count == 0) {
            return page;
        }
        if (count < 0) {
            return std::nullopt;
        }
        page.append(part.data(), static_cast<std::size_t>(count));
    }
    return std::nullopt;
}

}  // namespace

std::vector<ShownPolicy> policies_in(std::string_view metrics) {
    constexpr std::string_view kRow = "aihub_policy_info{";
    std::vector<ShownPolicy> found;
    while (!metrics.empty()) {
        const auto line = metrics.substr(0, metrics.find('\n'));
        if (line.starts_with(kRow)) {
            found.push_back({label_in(line, "bundle"), label_in(line, "hash"), label_in(line, "stage")});
        }
        metrics.remove_prefix(std::min(line.size() + 1, metrics.size()));
    }
    return found;
}

Result<std::vector<ShownPolicy>> ask_policies(const std::string& address, std::uint16_t port, const Clock& clock) {
    const auto deadline = clock.steady_now() + kPatience;
    const Error silent{Errc::unavailable, "nothing answers at " + address + ":" + std::to_string(port)};
    const auto to = address_of(address, port);
    if (!to) {
        return silent;
    }
    const Socket socket(to->family);
    if (!connect_to(socket, *to, clock, deadline)) {
        return silent;
    }
    constexpr std::string_view kRequest = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const auto sent = ::send(socket.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
    const auto page = sent == static_cast<ssize_t>(kRequest.size()) ? read_all(socket, clock, deadline) : std::nullopt;
    if (!page || !page->starts_with("HTTP/1.1 200")) {
        return silent;
    }
    return policies_in(*page);
}

}  // namespace aihub::app
