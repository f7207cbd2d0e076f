#include "dialect/thinking.hpp"

namespace aihub::dialect {

Result<void> read_thinking(const JsonValue& thinking, const Place& place, sdk::ChatReasoning& into) {
    if (!given(thinking)) {
        return {};
    }
    AIHUB_TRY(required_of(JsonKind::object, thinking, place));
    const JsonText type = AIHUB_TRY(required_of(JsonKind::string, thinking["type"], place.member("type")));
    if (type == "\"disabled\"") {
        into.mode = sdk::ReasoningMode::off;
        return {};
    }
    const bool enabled = type == "\"enabled\"";
    if (!enabled && type != "\"adaptive\"") {
        return invalid(place.member("type"), "must be enabled, disabled or adaptive");
    }
    into.mode = enabled ? sdk::ReasoningMode::on : sdk::ReasoningMode::adaptive;
    into.budget_tokens = AIHUB_TRY(optional_count(thinking["budget_tokens"], place.member("budget_tokens")));
    const JsonText display = AIHUB_TRY(optional_of(JsonKind::string, thinking["display"], place.member("display")));
    if (!display.empty()) {
        into.summary = display == "\"omitted\"" ? "false" : "true";
    }
    return {};
}

}  // namespace aihub::dialect
