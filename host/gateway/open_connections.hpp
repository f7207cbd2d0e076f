// How many client connections are open, in all and from one address.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace aihub::gateway {

// Any thread.
class OpenConnections {
public:
    struct Limits {
        std::size_t all = 0;
        std::size_t of_address = 0;
    };
    enum class Entry { taken, too_many, too_many_of_address };

    // Counts a connection of `peer` ("192.0.2.1:80", "[2001:db8::1]:80") unless there are as many as there may be. The
    // /64 network of an IPv6 address counts as one: that is what one customer of a network gets.
    [[nodiscard]] Entry add(std::string_view peer, const Limits& limits);
    // Of one that was taken.
    void remove(std::string_view peer);

    // A place among those of an address that lasts as long as this; it is no connection of its own.
    class Share {
    public:
        Share() = default;
        Share(Share&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), group_(std::move(other.group_)) {}
        Share& operator=(Share&&) = delete;
        ~Share();

    private:
        friend class OpenConnections;
        Share(OpenConnections& owner, std::string group) : owner_(&owner), group_(std::move(group)) {}
        OpenConnections* owner_ = nullptr;
        std::string group_;
    };
    // For something that came from `address` ("192.0.2.1", "2001:db8::1") through another's connection. Nothing: it has
    // `max` already.
    [[nodiscard]] std::optional<Share> share(std::string_view address, std::size_t max);

    // Something that is no connection of a client and counts against no limit, but has to end before the process does.
    class Hold {
    public:
        explicit Hold(OpenConnections& owner);
        Hold(Hold&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
        Hold& operator=(Hold&&) = delete;
        ~Hold();

    private:
        OpenConnections* owner_;
    };

    [[nodiscard]] std::size_t count() const;
    // Waits until there is none, and nothing is held, for at most `patience`. True: so it is.
    [[nodiscard]] bool wait_for_none(std::chrono::milliseconds patience);

private:
    void leave(const std::string& group);  // these two under the lock
    void notify_if_none();

    mutable std::mutex mutex_;
    std::condition_variable none_;
    std::size_t count_ = 0;
    std::size_t held_ = 0;
    std::unordered_map<std::string, std::size_t> of_address_;
};

}  // namespace aihub::gateway
