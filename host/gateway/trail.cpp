#include "gateway/trail.hpp"

namespace aihub::gateway {

std::string_view step_name(Step step) {
    static constexpr std::array<std::string_view, kSteps> kNames{
        "receive", "identify", "decide", "route", "admit", "dispatch", "relay", "settle", "record"};
    return kNames[static_cast<std::size_t>(step)];
}

}  // namespace aihub::gateway
