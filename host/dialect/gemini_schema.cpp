#include "dialect/gemini_schema.hpp"

#include "dialect/gemini_member.hpp"

#include <aihub/json_write.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace aihub::dialect {

namespace {

using sdk::JsonKind;
using sdk::JsonValue;
using sdk::JsonWriter;

constexpr std::array<std::string_view, 6> kCounts = {
    "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"};
// The names in it are the author's.
constexpr std::array<std::string_view, 3> kNamed = {"properties", "$defs", "defs"};

bool one_of(const auto& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    });
    return text;
}

void write_schema(JsonWriter& json, const JsonValue& schema);

void write_type(JsonWriter& json, const JsonValue& type, bool nullable) {
    const std::string name = lower(type.string_or(""));
    if (name == "type_unspecified") {
        return;
    }
    json.key("type");
    if (!nullable) {
        json.value(name);
        return;
    }
    json.begin_array().value(name).value("null").end_array();
}

void write_named(JsonWriter& json, const JsonValue& schemas) {
    json.begin_object();
    for (const JsonValue one : schemas) {
        json.key(one.key());
        write_schema(json, one);
    }
    json.end_object();
}

void write_keyword(JsonWriter& json, std::string_view name, const JsonValue& value) {
    const bool count = value.is(JsonKind::string) && one_of(kCounts, name);
    const std::string digits = count ? value.string_or("") : std::string();
    const bool own = name == "defs" || name == "ref";  // spelled without the dollar there
    json.key(own ? "$" + std::string(name) : std::string(name));
    if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos && digits.front() != '0') {
        json.raw(digits);
        return;
    }
    if (value.is(JsonKind::object) && one_of(kNamed, name)) {
        write_named(json, value);
        return;
    }
    if (value.is(JsonKind::object) && (name == "items" || name == "additionalProperties")) {
        write_schema(json, value);
        return;
    }
    if (value.is(JsonKind::array) && (name == "anyOf" || name == "prefixItems")) {
        json.begin_array();
        for (const JsonValue one : value) {
            write_schema(json, one);
        }
        json.end_array();
        return;
    }
    json.raw(value.raw());
}

void write_schema(JsonWriter& json, const JsonValue& schema) {
    if (!schema.is(JsonKind::object)) {
        json.raw(schema.raw());
        return;
    }
    const bool nullable = schema["nullable"].boolean_or(false);
    const JsonValue type = schema["type"];
    json.begin_object();
    for (const JsonValue member : schema) {
        const std::string name = camel_case(member.key());
        if (name == "type" && type.is(JsonKind::string)) {
            write_type(json, member, nullable);
        } else if (name != "nullable") {
            write_keyword(json, name, member);
        }
    }
    json.end_object();
}

}  // namespace

std::string json_schema_of(const JsonValue& schema) {
    JsonWriter json;
    write_schema(json, schema);
    return std::move(json).text();
}

}  // namespace aihub::dialect
