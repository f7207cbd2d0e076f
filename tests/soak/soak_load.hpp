// The clients of the soak test.
#pragma once

#include "support/posix.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace aihub::soak {

// What all clients have found so far.
struct Totals {
    std::uint64_t complete = 0;                   // calls whose answer was read to its end: each must have a row
    std::uint64_t aborted = 0;                    // calls that the client left: each may have one
    std::map<std::string, std::uint64_t> faults;  // what should not have been, and how often
};

// Runs `clients` threads from construction to stop(). One in five calls is left at a random point.
class SoakLoad {
public:
    SoakLoad(std::uint16_t port, std::string key, std::size_t clients, std::uint64_t seed);
    ~SoakLoad() { stop(); }
    SoakLoad(const SoakLoad&) = delete;
    SoakLoad& operator=(const SoakLoad&) = delete;

    // New calls use this key.
    void set_key(std::string key);
    void stop();
    [[nodiscard]] Totals totals() const;
    // Milliseconds of the plain calls that ended since the last time this was asked.
    [[nodiscard]] std::vector<double> take_latencies();

private:
    class Client;
    [[nodiscard]] std::string key() const;
    void fault(const std::string& what);

    std::uint16_t port_;
    testing::Signal stopping_;
    std::atomic<std::uint64_t> next_{0};
    mutable std::mutex mutex_;
    std::string key_;
    Totals totals_;
    std::vector<double> latencies_;
    std::vector<std::jthread> threads_;
};

}  // namespace aihub::soak
