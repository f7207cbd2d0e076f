// Listening sockets that another process opened and left to this one.
#pragma once

#include "base/result.hpp"
#include "net/resolver.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace aihub::net {

// Owns the descriptors until they are claimed. One thread, before the loops run.
class InheritedSockets {
public:
    // None.
    InheritedSockets() = default;
    // Takes the `count` descriptors from `first` on. Fails when one of them is no listening TCP socket, with a message
    // that names it; all of them are closed then.
    static Result<InheritedSockets> take(int first, std::size_t count);
    InheritedSockets(InheritedSockets&& other) noexcept;
    InheritedSockets& operator=(InheritedSockets&& other) noexcept;
    ~InheritedSockets();

    // The sockets of `where`; with port 0 those of the first port at its IP address. The caller owns them from then on.
    // Empty: there is none.
    [[nodiscard]] std::vector<int> claim(const Address& where);
    // Closes those that nobody claimed; gives their addresses, each once.
    std::vector<std::string> close_rest();

private:
    std::vector<int> descriptors_;
};

// The address that a socket is bound to.
[[nodiscard]] Address local_address(int descriptor);

}  // namespace aihub::net
