// The subset of JSON Schema in which a plugin describes its settings, and the check of settings against it.
#pragma once

#include "base/result.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aihub::loader {

// {"type": "object", "properties": {name: {"type", "description", "default", "enum", "minimum", "maximum"}},
//  "required": [...], "additionalProperties": bool}. A property's type is string, integer, number, boolean, array or
// object; the inside of arrays and objects is the plugin's own business. Other keywords are ignored. A value;
// immutable.
class SettingsSchema {
public:
    // Whether settings must be complete, or may be a part (a preset) that is completed later.
    enum class Extent { complete, part };

    // A schema without properties, which takes only {}.
    SettingsSchema() = default;
    // Error: the first thing wrong, with its path below `config_schema`.
    [[nodiscard]] static Result<SettingsSchema> create(const boost::json::object& schema);

    // Error: the first setting that is wrong, what was expected, and for an unknown name the nearest right one.
    [[nodiscard]] Result<void> validate(std::string_view settings_json, Extent extent = Extent::complete) const;

    // {} with the default of every property that has one, and for a required one without default a value that its
    // schema takes. For checks.
    [[nodiscard]] std::string example_json() const;
    // Names of properties without a description.
    [[nodiscard]] std::vector<std::string> undescribed() const;
    [[nodiscard]] const boost::json::object& properties() const { return properties_; }

private:
    [[nodiscard]] Result<void> validate_one(std::string_view name, const boost::json::value& value) const;
    [[nodiscard]] std::string nearest(std::string_view name) const;

    boost::json::object properties_;
    std::vector<std::string> required_;
    bool additional_ = false;
};

// Edit distance (insert, delete, replace, swap neighbours) of two names.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

}  // namespace aihub::loader
