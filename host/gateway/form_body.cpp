#include "gateway/form_body.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

constexpr std::string_view kModel = "model";
constexpr std::size_t kModelBytesMax = 1024;

Error wrong(std::string_view param, const std::string& message) {
    return {Errc::invalid_request, message, "invalid_form", std::string(param)};
}

Result<void> take_model(std::string_view value, Call& call) {
    const bool plain = std::none_of(value.begin(), value.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    if (value.empty() || value.size() > kModelBytesMax || !plain) {
        return wrong(kModel, "the form's field \"model\" must be the name of a model");
    }
    call.model = value;
    return {};
}

Result<void> take_field(const net::FormField& field, Call& call) {
    const auto name = field.name.in(call.body);
    const auto value = field.value.in(call.body);
    const bool again = std::any_of(call.members.begin(), call.members.end(), [&](const capability::JsonMember& member) {
        return member.name == name;
    });
    if (again && !name.ends_with("[]")) {
        return wrong(name, "the field \"" + std::string(name) + "\" stands twice in the form");
    }
    call.members.push_back({name, value});
    if (name == kModel && traits_of(call.operation).model != ModelUse::none) {
        return take_model(value, call);
    }
    if (name == "stream") {
        if (value != "true" && value != "false") {
            return wrong("stream", "the form's field \"stream\" must be true or false");
        }
        call.stream = value == "true";
    }
    return {};
}

}  // namespace

Result<void> read_form(const net::FormScan& form, bool ended, Call& call) {
    if (ended && !form.complete()) {
        return wrong("", "the form ends before its last boundary");
    }
    call.members.clear();
    for (const auto& field : form.fields()) {
        AIHUB_CHECK(take_field(field, call));
    }
    const auto named = call.head.find("x-aihub-model");
    if (call.model.empty() && !ended && !named.empty() && traits_of(call.operation).model != ModelUse::none) {
        AIHUB_CHECK(take_model(named, call));
    }
    if (call.model.empty() && traits_of(call.operation).model == ModelUse::required) {
        return Error{Errc::invalid_request, "you must provide a \"model\"", "missing_required_parameter", "model"};
    }
    return {};
}

bool knows_its_way(const net::FormScan& form, const Call& call, std::size_t within) {
    return traits_of(call.operation).model == ModelUse::none || !call.head.find("x-aihub-model").empty() ||
           std::any_of(form.fields().begin(), form.fields().end(), [&](const net::FormField& field) {
               return field.end <= within && field.name.in(call.body) == kModel;
           });
}

}  // namespace aihub::gateway
