// How a usage row tells in which arms its call was: "checkout=b/key:12344711,ranking=control/user:8127!error".
#pragma once

#include "experiment/assign.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::experiment {

// The text of a row has at most this many bytes.
inline constexpr std::size_t kExposuresMax = 256;

// One experiment of one row. Views into the row's text.
struct Exposure {
    std::string_view arm;
    model::UnitKind unit_kind = model::UnitKind::key;
    std::uint32_t tag = 0;
    Origin origin = Origin::drawn;

    friend bool operator==(const Exposure&, const Exposure&) = default;
};

// Adds one to the text of a row: experiment, arm, kind of unit, tag, and "!chosen" or "!error" unless it was drawn.
// Each experiment once. False: there is no room for it.
bool append_exposure(std::string& row_text, const Assignment& assignment);

// What the row says of `experiment`. Nothing: it says nothing, or not in this form.
[[nodiscard]] std::optional<Exposure> find_exposure(std::string_view row_text, std::string_view experiment);

}  // namespace aihub::experiment
