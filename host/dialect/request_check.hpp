// What a reader asks of the members of a client's request, and how it says no.
#pragma once

#include "base/result.hpp"
#include "dialect/place.hpp"

#include <aihub/chat.hpp>
#include <aihub/json_read.hpp>

#include <span>
#include <string_view>

namespace aihub::dialect {

using sdk::JsonKind;
using sdk::JsonText;
using sdk::JsonValue;

// Not missing and not null: clients write null for what they do not say.
[[nodiscard]] inline bool given(const JsonValue& value) {
    return value && !value.is(JsonKind::null);
}

// Whether it says anything: several providers refuse an empty array where none would do.
[[nodiscard]] inline bool says_something(const JsonValue& value) {
    return given(value) && !(value.is(JsonKind::array) && value.size() == 0);
}

// Errors of Errc::invalid_request about `place`. The message is the place and `what`: "must be a string".
[[nodiscard]] Error invalid(const Place& place, std::string_view what);
[[nodiscard]] Error missing(const Place& place);
// `instead`: what the client can do.
[[nodiscard]] Error unsupported(const Place& place, std::string_view instead);

// The JSON text of a value of that kind; empty: none is given.
[[nodiscard]] Result<JsonText> optional_of(JsonKind kind, const JsonValue& value, const Place& place);
// The same, and it must be given.
[[nodiscard]] Result<JsonText> required_of(JsonKind kind, const JsonValue& value, const Place& place);
// A whole number from 1 to a thousand million, written without fraction and exponent.
[[nodiscard]] Result<JsonText> optional_count(const JsonValue& value, const Place& place);
// An array of strings; empty: none is given, or it has no elements.
[[nodiscard]] Result<JsonText> optional_texts(const JsonValue& value, const Place& place);

// A member that the canonical form has, too.
struct Wish {
    std::string_view name;
    JsonText sdk::ChatRequest::*field;
    JsonKind kind;
};

// Sets the field for `member`, called `name`. False: it is no wish of the table. Empty lists count as not given.
[[nodiscard]] Result<bool> take_wish(
    std::span<const Wish> wishes,
    std::string_view name,
    const JsonValue& member,
    const Place& place,
    sdk::ChatRequest& request
);

// Whether `name` is one of `names`.
[[nodiscard]] bool one_of(std::span<const std::string_view> names, std::string_view name);

}  // namespace aihub::dialect
