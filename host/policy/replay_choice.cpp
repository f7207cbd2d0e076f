#include "policy/replay_choice.hpp"

#include <charconv>
#include <cmath>
#include <string>

namespace aihub::policy {

Result<std::chrono::seconds> time_span(std::string_view text) {
    constexpr std::int64_t kMost = 100'000;
    std::int64_t amount = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, amount);
    if (read.ec == std::errc() && read.ptr + 1 == end && amount > 0 && amount <= kMost) {
        switch (*read.ptr) {
            case 'd':
                return std::chrono::seconds(std::chrono::days(amount));
            case 'h':
                return std::chrono::seconds(std::chrono::hours(amount));
            case 'm':
                return std::chrono::seconds(std::chrono::minutes(amount));
            default:
                break;
        }
    }
    return Error{Errc::invalid_request, "write it as 24h, 30m or 7d"};
}

Result<std::uint32_t> sample_share(double percent) {
    constexpr double kPercentMax = 100;
    constexpr double kShares = 100;  // in a percent
    const auto share = percent >= 0 && percent <= kPercentMax ? std::lround(percent * kShares) : 0;
    if (share == 0) {
        return Error{Errc::invalid_request, "write it in percent, from 0.01 to 100"};
    }
    return static_cast<std::uint32_t>(share);
}

}  // namespace aihub::policy
