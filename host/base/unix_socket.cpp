#include "base/unix_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace aihub {

namespace {

namespace fs = std::filesystem;

class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor() {
        if (value_ >= 0) {
            ::close(value_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return value_; }
    [[nodiscard]] int release() { return std::exchange(value_, -1); }

private:
    int value_;
};

Error failed(const std::string& path, const char* what, int error) {
    return {
        error == EADDRINUSE ? Errc::conflict : Errc::unavailable,
        "the socket " + path + " " + what + ": " + std::strerror(error)};
}

// Calls `use(address)` with the address of `path`. One that is too long for the system is reached through its opened
// folder.
template <class Use>
int with_address(const std::string& path, Use use) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() < sizeof address.sun_path) {
        path.copy(address.sun_path, path.size());
        return use(address);
    }
    const fs::path whole(path);
    const Descriptor folder(::open(whole.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0) {
        return -1;
    }
    const std::string shorter = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + whole.filename().string();
    if (shorter.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    shorter.copy(address.sun_path, shorter.size());
    return use(address);
}

const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

int connect_to(int descriptor, const std::string& path) {
    return with_address(path, [descriptor](const sockaddr_un& address) {
        return ::connect(descriptor, generic(address), sizeof address);
    });
}

}  // namespace

Result<int> listen_unix(const std::string& path, int backlog) {
    Descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // The mode of the socket is that of its name; set before there is one, nobody ever finds it open.
    if (made.get() < 0 || ::fchmod(made.get(), S_IRUSR | S_IWUSR) != 0) {
        return failed(path, "cannot be made", errno);
    }
    const int bound = with_address(path, [&made](const sockaddr_un& address) {
        return ::bind(made.get(), generic(address), sizeof address);
    });
    if (bound != 0) {
        return failed(path, "cannot be made", errno);
    }
    if (::listen(made.get(), backlog) != 0) {
        const int error = errno;
        ::unlink(path.c_str());
        return failed(path, "cannot be listened at", error);
    }
    return made.release();
}

Result<int> connect_unix(const std::string& path) {
    Descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (made.get() < 0 || connect_to(made.get(), path) != 0) {
        return failed(path, "cannot be connected to", errno);
    }
    return made.release();
}

void remove_stale_sockets(const std::string& directory, const std::string& prefix) {
    std::error_code error;
    for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
        std::error_code unknown;
        if (!at->path().filename().string().starts_with(prefix) || !at->is_socket(unknown)) {
            continue;
        }
        const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (probe.get() >= 0 && connect_to(probe.get(), at->path().string()) != 0 && errno == ECONNREFUSED) {
            fs::remove(at->path(), unknown);
        }
    }
}

}  // namespace aihub
