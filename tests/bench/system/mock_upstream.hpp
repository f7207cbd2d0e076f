// The provider that benchmarks talk to: fixed answers, as cheap as can be.
#pragma once

#include <chrono>

namespace aihub::bench {

struct MockOptions {
    int events = 30;                          // of a stream
    std::chrono::milliseconds interval{250};  // between two of them; 0: all at once, each in a write of its own
};

// Serves on 127.0.0.1 at a port that it prints ("listening on http://127.0.0.1:PORT"), until killed. One thread. A
// request whose body holds "stream":true gets a stream of chat chunks, each with the time of its sending in it
// ("t=" and 19 digits: CLOCK_MONOTONIC in nanoseconds); any other gets a chat completion of 1.1 KB. POST /v1/responses
// gets the same as a response, POST /v1/messages as a message.
[[noreturn]] void run_mock_upstream(const MockOptions& options);

}  // namespace aihub::bench
