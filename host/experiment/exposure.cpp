#include "experiment/exposure.hpp"

#include <algorithm>
#include <charconv>

namespace aihub::experiment {

namespace {

constexpr std::string_view kChosen = "!chosen";
constexpr std::string_view kError = "!error";

std::string_view mark_of(Origin origin) {
    switch (origin) {
        case Origin::chosen:
            return kChosen;
        case Origin::error:
            return kError;
        default:
            return {};
    }
}

// Cuts what `mark` says off the end of `text`.
Origin take_mark(std::string_view& text) {
    for (const auto origin : {Origin::chosen, Origin::error}) {
        if (text.ends_with(mark_of(origin))) {
            text.remove_suffix(mark_of(origin).size());
            return origin;
        }
    }
    return Origin::drawn;
}

// "b/key:12344711!error"
std::optional<Exposure> read(std::string_view text) {
    Exposure made;
    made.origin = take_mark(text);
    const auto slash = text.find('/');
    const auto colon = text.find(':', slash == std::string_view::npos ? 0 : slash);
    if (slash == std::string_view::npos || slash == 0 || colon == std::string_view::npos) {
        return std::nullopt;
    }
    made.arm = text.substr(0, slash);
    const auto kind = std::ranges::find(model::kUnitKindNames, text.substr(slash + 1, colon - slash - 1));
    const auto digits = text.substr(colon + 1);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), made.tag);
    if (kind == model::kUnitKindNames.end() || parsed.ec != std::errc() ||
        parsed.ptr != digits.data() + digits.size() || made.tag >= kTags) {
        return std::nullopt;
    }
    made.unit_kind = static_cast<model::UnitKind>(kind - model::kUnitKindNames.begin());
    return made;
}

}  // namespace

bool append_exposure(std::string& row_text, const Assignment& assignment) {
    const std::string tag = std::to_string(assignment.tag);
    const auto& name = assignment.experiment->name;
    const auto& arm = assignment.chosen().name;
    const auto kind = unit_kind_name(assignment.unit_kind);
    const auto mark = mark_of(assignment.origin);
    const std::size_t comma = row_text.empty() ? 0 : 1;
    const auto size = comma + name.size() + arm.size() + kind.size() + tag.size() + mark.size() + 3;
    if (row_text.size() + size > kExposuresMax) {
        return false;
    }
    row_text.append(comma, ',').append(name).append("=").append(arm).append("/").append(kind);
    row_text.append(":").append(tag).append(mark);
    return true;
}

std::optional<Exposure> find_exposure(std::string_view row_text, std::string_view experiment) {
    while (!row_text.empty()) {
        const auto entry = row_text.substr(0, row_text.find(','));
        if (entry.size() > experiment.size() && entry[experiment.size()] == '=' && entry.starts_with(experiment)) {
            return read(entry.substr(experiment.size() + 1));
        }
        row_text.remove_prefix(std::min(entry.size() + 1, row_text.size()));
    }
    return std::nullopt;
}

}  // namespace aihub::experiment
