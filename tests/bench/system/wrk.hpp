// Debian's wrk as the load: the cheapest client there is.
#pragma once

#include "system/subjects.hpp"

#include <string>

namespace aihub::bench {

struct WrkResult {
    double requests = 0;
    double per_second = 0;
    double p50_us = 0;
    double p99_us = 0;
};

// Posts `body`, which holds no "]]", to the chat path over 64 connections for so many seconds. A failed request ends
// the program with a message.
[[nodiscard]] WrkResult run_wrk(const Subject& subject, const std::string& body, int seconds);

}  // namespace aihub::bench
