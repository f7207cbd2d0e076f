#include "document.hpp"

#include <aihub/json_write.hpp>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace aihub::provider_simulator {
namespace {

constexpr int kDepthMax = 32;
constexpr std::size_t kBytesMax = 65536;

class Builder {
public:
    explicit Builder(const sdk::JsonValue& root) : root_(root) {}

    bool build(sdk::JsonValue schema, int depth) {
        if (depth > kDepthMax || json_.text().size() > kBytesMax) {
            return false;
        }
        if (const auto reference = schema["$ref"].string()) {
            return build(resolve(*reference), depth + 1);
        }
        if (schema["const"]) {
            json_.raw(schema["const"].raw());
            return true;
        }
        if (schema["enum"].size() > 0) {
            json_.raw(schema["enum"][0].raw());
            return true;
        }
        for (const char* choice : {"anyOf", "oneOf", "allOf"}) {
            if (schema[choice].size() > 0) {
                return build(schema[choice][0], depth + 1);
            }
        }
        return build_type(schema, depth);
    }

    [[nodiscard]] std::string text() && { return std::move(json_).text(); }

private:
    // "#/$defs/name"; anything else is an empty schema, which accepts everything.
    [[nodiscard]] sdk::JsonValue resolve(std::string_view reference) const {
        if (!reference.starts_with('#')) {
            return {};
        }
        sdk::JsonValue found = root_;
        reference.remove_prefix(1);
        while (reference.starts_with('/')) {
            reference.remove_prefix(1);
            const std::size_t end = std::min(reference.find('/'), reference.size());
            found = found[reference.substr(0, end)];
            reference.remove_prefix(end);
        }
        return found;
    }

    static std::string type_of(const sdk::JsonValue& schema) {
        const sdk::JsonValue type = schema["type"];
        std::string named = type.is(sdk::JsonKind::array) ? type[0].string_or("") : type.string_or("");
        if (!named.empty()) {
            return named;
        }
        return schema["properties"] ? "object" : schema["items"] ? "array" : "string";
    }

    bool build_type(const sdk::JsonValue& schema, int depth) {
        const std::string type = type_of(schema);
        if (type == "object") {
            return build_object(schema, depth);
        }
        if (type == "array") {
            return build_array(schema, depth);
        }
        if (type == "integer" || type == "number") {
            const double least = schema["minimum"].number<double>().value_or(0);
            json_.value(static_cast<std::int64_t>(std::clamp(std::ceil(least), -9e15, 9e15)));
            return true;
        }
        if (type == "boolean") {
            json_.value(true);
            return true;
        }
        if (type == "null") {
            json_.value(nullptr);
            return true;
        }
        return build_string(schema);
    }

    bool build_string(const sdk::JsonValue& schema) {
        std::string text = "simulated";
        const std::size_t least = schema["minLength"].number<std::size_t>().value_or(0);
        const std::size_t most = schema["maxLength"].number<std::size_t>().value_or(kBytesMax);
        if (least > kBytesMax) {
            return false;
        }
        text.resize(std::min(std::max(text.size(), least), std::max(most, least)), '.');
        json_.value(text);
        return true;
    }

    bool build_object(const sdk::JsonValue& schema, int depth) {
        json_.begin_object();
        for (const sdk::JsonValue name : schema["required"]) {
            const std::string key = name.string_or("");
            json_.key(key);
            if (!build(schema["properties"][key], depth + 1)) {
                return false;
            }
        }
        json_.end_object();
        return true;
    }

    bool build_array(const sdk::JsonValue& schema, int depth) {
        const std::size_t least = schema["minItems"].number<std::size_t>().value_or(0);
        json_.begin_array();
        for (std::size_t item = 0; item < least; ++item) {
            if (!build(schema["items"], depth + 1)) {
                return false;
            }
        }
        json_.end_array();
        return true;
    }

    sdk::JsonValue root_;
    sdk::JsonWriter json_;
};

}  // namespace

std::optional<std::string> minimal_document(const sdk::JsonValue& schema) {
    Builder builder(schema);
    if (!builder.build(schema, 0)) {
        return std::nullopt;
    }
    std::string text = std::move(builder).text();
    return text.size() <= kBytesMax ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace aihub::provider_simulator
