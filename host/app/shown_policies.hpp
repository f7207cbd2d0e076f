// What a running gateway says of its policies.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::app {

struct ShownPolicy {
    std::string bundle;
    std::string hash;
    std::string stage;
    bool operator==(const ShownPolicy&) const = default;
};

// The rows of aihub_policy_info in a page of metrics.
[[nodiscard]] std::vector<ShownPolicy> policies_in(std::string_view metrics);

// Asks http://ADDRESS:PORT/metrics; blocks for a second at most. An error: nothing answers there, or not in time. An
// address that means "all" is asked at the loopback one.
[[nodiscard]] Result<std::vector<ShownPolicy>> ask_policies(
    const std::string& address, std::uint16_t port, const Clock& clock
);

}  // namespace aihub::app
