#include "gateway/form_tail.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

constexpr std::string_view kModel = "model";
// Of a field "model" whose end has not come: the rest of its head, a name, and a part of the next boundary.
constexpr std::size_t kOpenModelBytesMax = 32UL * 1024;

Error wrong(std::string_view param, const std::string& message) {
    return {Errc::invalid_request, message, "invalid_form", std::string(param)};
}

Error other_model() {
    return wrong(
        kModel,
        "the form's field \"model\" comes behind a large file and is not the one that the header x-aihub-model names; "
        "send it before the file"
    );
}

}  // namespace

FormTail::FormTail(net::FormScan form, const Call& call) : form_(std::move(form)), call_(call) {
    window_ = call.body.substr(form_.forget());
}

Result<void> FormTail::take(std::string_view bytes) {
    window_ += bytes;
    AIHUB_CHECK(form_.scan(window_));
    for (const auto& field : form_.fields()) {
        const auto name = field.name.in(window_);
        AIHUB_CHECK(check_name(name));
        if (name == kModel) {
            AIHUB_CHECK(check_model(field.value.in(window_)));
        }
    }
    AIHUB_CHECK(check_open_field());
    window_.erase(0, form_.forget());
    return {};
}

Result<void> FormTail::finish() const {
    if (!form_.complete()) {
        return wrong("", "the form ends before its last boundary");
    }
    return {};
}

Result<void> FormTail::check_open_field() {
    const auto open = form_.open_field();
    if (!open) {
        return {};
    }
    const auto name = open->in(window_);
    AIHUB_CHECK(check_name(name));
    if (name != kModel) {
        form_.pass_over();
        return {};
    }
    if (window_.size() - open->offset > kOpenModelBytesMax) {
        return other_model();
    }
    return {};
}

Result<void> FormTail::check_name(std::string_view name) const {
    const bool again = std::any_of(call_.members.begin(), call_.members.end(), [&](const capability::JsonMember& held) {
        return held.name == name;
    });
    if (again && !name.ends_with("[]")) {
        return wrong(name, "the field \"" + std::string(name) + "\" stands twice in the form");
    }
    return {};
}

Result<void> FormTail::check_model(std::string_view value) {
    if (model_seen_) {
        return wrong(kModel, "the field \"model\" stands twice in the form");
    }
    model_seen_ = true;
    if (value != call_.model && value != call_.trail.row.model_used) {
        return other_model();
    }
    return {};
}

}  // namespace aihub::gateway
