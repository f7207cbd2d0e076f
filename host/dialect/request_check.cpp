#include "dialect/request_check.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace aihub::dialect {

namespace {

// More than any model writes or any list has.
constexpr std::uint64_t kCountMax = 1'000'000'000;

std::string_view a_value(JsonKind kind) {
    switch (kind) {
        case JsonKind::boolean:
            return "must be true or false";
        case JsonKind::number:
            return "must be a number";
        case JsonKind::string:
            return "must be a string";
        case JsonKind::array:
            return "must be an array";
        default:
            return "must be an object";
    }
}

bool is_empty_list(const JsonValue& value) {
    const bool list = value.is(JsonKind::array) || value.is(JsonKind::object);
    return list && value.size() == 0;
}

Error about(const Place& place, std::string_view what, std::string reason) {
    std::string path = place.text();
    std::string message = path.empty() ? "the request" : path;
    message.append(" ").append(what);
    return {Errc::invalid_request, std::move(message), std::move(reason), std::move(path)};
}

}  // namespace

Error invalid(const Place& place, std::string_view what) {
    return about(place, what, "invalid_value");
}

Error missing(const Place& place) {
    return about(place, "is missing", "missing_required_parameter");
}

Error unsupported(const Place& place, std::string_view instead) {
    return about(place, "is not supported here: " + std::string(instead), "unsupported_parameter");
}

Result<JsonText> optional_of(JsonKind kind, const JsonValue& value, const Place& place) {
    if (!given(value)) {
        return JsonText{};
    }
    if (!value.is(kind)) {
        return invalid(place, a_value(kind));
    }
    return value.raw();
}

Result<JsonText> required_of(JsonKind kind, const JsonValue& value, const Place& place) {
    if (!given(value)) {
        return missing(place);
    }
    return optional_of(kind, value, place);
}

Result<JsonText> optional_count(const JsonValue& value, const Place& place) {
    const JsonText count = AIHUB_TRY(optional_of(JsonKind::number, value, place));
    if (count.empty()) {
        return count;
    }
    const auto number = value.number<std::uint64_t>();
    if (!number || *number < 1 || *number > kCountMax) {
        return invalid(place, "must be a whole number from 1 to " + std::to_string(kCountMax));
    }
    return count;
}

Result<JsonText> optional_texts(const JsonValue& value, const Place& place) {
    const JsonText list = AIHUB_TRY(optional_of(JsonKind::array, value, place));
    std::size_t at = 0;
    for (const JsonValue one : value) {
        AIHUB_TRY(required_of(JsonKind::string, one, place.element(at++)));
    }
    return value.size() == 0 ? JsonText{} : list;
}

Result<bool> take_wish(
    std::span<const Wish> wishes,
    std::string_view name,
    const JsonValue& member,
    const Place& place,
    sdk::ChatRequest& request
) {
    const auto wish = std::ranges::find(wishes, name, &Wish::name);
    if (wish == wishes.end()) {
        return false;
    }
    const JsonText value = AIHUB_TRY(optional_of(wish->kind, member, place.member(name)));
    if (!value.empty() && !is_empty_list(member)) {
        request.*(wish->field) = value;
    }
    return true;
}

bool one_of(std::span<const std::string_view> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

}  // namespace aihub::dialect
