#include "loader/settings_schema.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace aihub::loader {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 6> kTypes = {"string", "integer", "number", "boolean", "array", "object"};

Error bad(const std::string& message) {
    return Error{Errc::invalid_request, message};
}

bool has_type(const json::value& value, std::string_view type) {
    if (type == "string") {
        return value.is_string();
    }
    if (type == "boolean") {
        return value.is_bool();
    }
    if (type == "array") {
        return value.is_array();
    }
    if (type == "object") {
        return value.is_object();
    }
    if (type == "number") {
        return value.is_number();
    }
    // JSON Schema counts 3.0 as an integer.
    return value.is_int64() || value.is_uint64() ||
           (value.is_double() && std::floor(value.get_double()) == value.get_double());
}

std::string_view type_of(const json::object& property) {
    return property.at("type").as_string();
}

Result<void> check_value(const std::string& name, const json::object& property, const json::value& value) {
    const std::string type(type_of(property));
    if (!has_type(value, type)) {
        return bad("settings." + name + " must be of type " + type + ", not " + json::serialize(value).substr(0, 60));
    }
    if (const json::value* allowed = property.if_contains("enum")) {
        const json::array& list = allowed->get_array();
        if (std::find(list.begin(), list.end(), value) == list.end()) {
            return bad("settings." + name + " must be one of " + json::serialize(*allowed));
        }
    }
    if (!value.is_number()) {
        return {};
    }
    const double number = value.to_number<double>();
    if (const json::value* low = property.if_contains("minimum"); low != nullptr && number < low->to_number<double>()) {
        return bad("settings." + name + " must be at least " + json::serialize(*low));
    }
    if (const json::value* high = property.if_contains("maximum");
        high != nullptr && number > high->to_number<double>()) {
        return bad("settings." + name + " must be at most " + json::serialize(*high));
    }
    return {};
}

Result<void> check_property(const std::string& name, const json::value& property) {
    const std::string path = "properties." + name;
    if (!property.is_object()) {
        return bad(path + " must be an object");
    }
    const json::object& object = property.get_object();
    const json::value* type = object.if_contains("type");
    if (type == nullptr || !type->is_string() ||
        std::find(kTypes.begin(), kTypes.end(), std::string_view(type->get_string())) == kTypes.end()) {
        return bad(path + ".type must be string, integer, number, boolean, array or object");
    }
    if (const json::value* list = object.if_contains("enum");
        list != nullptr && (!list->is_array() || list->get_array().empty())) {
        return bad(path + ".enum must be a list with at least one value");
    }
    for (const char* bound : {"minimum", "maximum"}) {
        if (const json::value* value = object.if_contains(bound); value != nullptr && !value->is_number()) {
            return bad(path + "." + bound + " must be a number");
        }
    }
    if (const json::value* text = object.if_contains("description"); text != nullptr && !text->is_string()) {
        return bad(path + ".description must be text");
    }
    if (const json::value* preset = object.if_contains("default")) {
        if (const Result<void> fits = check_value(name, object, *preset); !fits) {
            return bad(path + ".default does not fit its own schema: " + fits.error().message);
        }
    }
    return {};
}

json::value example_of(const json::object& property) {
    if (const json::value* preset = property.if_contains("default")) {
        return *preset;
    }
    if (const json::value* list = property.if_contains("enum")) {
        return list->get_array().front();
    }
    const std::string_view type = type_of(property);
    if (type == "string") {
        return "example";
    }
    if (type == "boolean") {
        return false;
    }
    if (type == "array") {
        return json::array();
    }
    if (type == "object") {
        return json::object();
    }
    for (const char* bound : {"minimum", "maximum"}) {
        if (const json::value* value = property.if_contains(bound)) {
            return *value;
        }
    }
    return 0;
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> before;
    std::vector<std::size_t> above(right.size() + 1);
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j) {
        above[j] = j;
    }
    for (std::size_t i = 1; i <= left.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t replace = above[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replace});
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before = above;
        above = row;
    }
    return above[right.size()];
}

Result<SettingsSchema> SettingsSchema::create(const json::object& schema) {
    SettingsSchema made;
    const json::value* type = schema.if_contains("type");
    if (type == nullptr || !type->is_string() || type->get_string() != "object") {
        return bad("type must be \"object\"");
    }
    if (const json::value* properties = schema.if_contains("properties")) {
        if (!properties->is_object()) {
            return bad("properties must be an object");
        }
        for (const auto& [name, property] : properties->get_object()) {
            AIHUB_CHECK(check_property(std::string(name), property));
        }
        made.properties_ = properties->get_object();
    }
    if (const json::value* additional = schema.if_contains("additionalProperties")) {
        if (!additional->is_bool()) {
            return bad("additionalProperties must be true or false");
        }
        made.additional_ = additional->get_bool();
    }
    const json::value* required = schema.if_contains("required");
    if (required == nullptr) {
        return made;
    }
    if (!required->is_array()) {
        return bad("required must be a list of names");
    }
    for (const json::value& name : required->get_array()) {
        if (!name.is_string() || !made.properties_.contains(name.get_string())) {
            return bad("required names " + json::serialize(name) + ", which is not one of the properties");
        }
        made.required_.emplace_back(name.get_string());
    }
    return made;
}

Result<void> SettingsSchema::validate(std::string_view settings_json, Extent extent) const {
    boost::system::error_code failed;
    const json::value settings = json::parse({settings_json.data(), settings_json.size()}, failed);
    if (failed || !settings.is_object()) {
        return bad("settings must be a JSON object");
    }
    for (const auto& [name, value] : settings.get_object()) {
        AIHUB_CHECK(validate_one(name, value));
    }
    for (const std::string& name : required_) {
        if (extent == Extent::complete && !settings.get_object().contains(name)) {
            return bad("settings." + name + " is missing: set it, this plugin cannot do without it");
        }
    }
    return {};
}

Result<void> SettingsSchema::validate_one(std::string_view name, const json::value& value) const {
    const json::value* property = properties_.if_contains(name);
    if (property != nullptr) {
        return check_value(std::string(name), property->get_object(), value);
    }
    if (additional_) {
        return {};
    }
    const std::string meant = nearest(name);
    return bad(
        "settings." + std::string(name) + " is not known to this plugin" +
        (meant.empty() ? std::string(": remove it") : ", did you mean " + meant + "?")
    );
}

std::string SettingsSchema::nearest(std::string_view name) const {
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const auto& [candidate, property] : properties_) {
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

std::string SettingsSchema::example_json() const {
    json::object example;
    for (const auto& [name, property] : properties_) {
        const bool required = std::find(required_.begin(), required_.end(), std::string_view(name)) != required_.end();
        if (required || property.get_object().contains("default")) {
            example[name] = example_of(property.get_object());
        }
    }
    return json::serialize(example);
}

std::vector<std::string> SettingsSchema::undescribed() const {
    std::vector<std::string> names;
    for (const auto& [name, property] : properties_) {
        const json::value* text = property.get_object().if_contains("description");
        if (text == nullptr || text->get_string().empty()) {
            names.emplace_back(name);
        }
    }
    return names;
}

}  // namespace aihub::loader
