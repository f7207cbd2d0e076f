// The load: clients that measure what they see.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aihub::bench {

// Who is called and with what; the whole request as bytes.
struct Target {
    std::uint16_t port = 0;
    std::string request;
};

// Times in microseconds.
struct LoadResult {
    std::size_t done = 0;    // whole, good answers
    std::size_t failed = 0;  // anything else
    std::size_t events = 0;  // of streams, as the mock upstream marks them
    double seconds = 0;
    std::vector<float> total;        // request sent to last byte
    std::vector<float> first_event;  // request sent to first event
    std::vector<float> delay;        // event sent by the upstream to event read by the client
};

// One connection, one request after another; blocking calls, so that the client's own cost is small.
[[nodiscard]] LoadResult run_sequential(const Target& target, std::size_t requests);

// `connections` clients, each sends its next request when it has the answer, until `requests` were sent in all.
[[nodiscard]] LoadResult run_closed_loop(const Target& target, std::size_t connections, std::size_t requests);

// One request each 1/`per_second` seconds, until `requests` were sent, whatever the answers do; each on a connection
// that is free. Times count from when a request was due, so that one that had to wait for a connection shows it.
[[nodiscard]] LoadResult run_paced(
    const Target& target, std::size_t connections, std::size_t requests, double per_second
);

// `streams` connections with one request each, opened evenly over `ramp`.
[[nodiscard]] LoadResult run_streams(const Target& target, std::size_t streams, std::chrono::milliseconds ramp);

}  // namespace aihub::bench
