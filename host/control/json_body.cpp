#include "control/json_body.hpp"

#include <boost/json.hpp>

#include <utility>

namespace aihub::control {

namespace {

Error wrong(std::string message, std::string_view member = {}) {
    return {Errc::invalid_request, std::move(message), "invalid_body", std::string(member)};
}

}  // namespace

Result<JsonBody> JsonBody::parse(std::string_view text) {
    if (text.empty()) {
        return JsonBody({});
    }
    boost::json::parse_options options;
    options.max_depth = kDepthMax;
    boost::json::error_code error;
    auto value = boost::json::parse(text, error, {}, options);
    if (error == boost::json::error::too_deep) {
        return wrong("the body is nested more than " + std::to_string(kDepthMax) + " levels deep");
    }
    if (error) {
        return wrong("the body is not JSON: " + error.message());
    }
    if (!value.is_object()) {
        return wrong("the body must be a JSON object");
    }
    return JsonBody(std::move(value.get_object()));
}

const boost::json::value* JsonBody::any(std::string_view name) {
    asked_.emplace(name);
    return object_.if_contains(name);
}

Result<std::string> JsonBody::text(std::string_view name) {
    const auto* value = any(name);
    if (value == nullptr) {
        return wrong("\"" + std::string(name) + "\" is missing", name);
    }
    if (!value->is_string()) {
        return wrong("\"" + std::string(name) + "\" must be a string", name);
    }
    return std::string(std::string_view(value->get_string()));
}

Result<std::string> JsonBody::text_or(std::string_view name, std::string_view fallback) {
    if (any(name) == nullptr) {
        return std::string(fallback);
    }
    return text(name);
}

Result<std::optional<std::uint64_t>> JsonBody::number(std::string_view name) {
    const auto* value = any(name);
    if (value == nullptr) {
        return std::optional<std::uint64_t>();
    }
    boost::json::error_code error;
    const auto number = value->to_number<std::uint64_t>(error);
    if (error || value->is_double()) {
        return wrong("\"" + std::string(name) + "\" must be a whole number, 0 or above", name);
    }
    return std::optional(number);
}

Result<void> JsonBody::finish() const {
    for (const auto& [name, value] : object_) {
        const std::string_view member(name);
        if (asked_.find(member) == asked_.end()) {
            const std::string shown(member.substr(0, 64));
            return wrong("there is no member \"" + shown + "\" here; remove it or correct its name", shown);
        }
    }
    return {};
}

}  // namespace aihub::control
