#include "gateway/identify.hpp"

#include "gateway/upgrade.hpp"
#include "identity/check_key.hpp"
#include "net/http_chars.hpp"

#include <array>

namespace aihub::gateway {

namespace {

Error bad_key(const std::string& message) {
    return {Errc::unauthorized, message, "invalid_api_key", {}};
}

Result<std::string_view> bearer(std::string_view value) {
    constexpr std::string_view kScheme = "bearer";
    if (value.size() <= kScheme.size() || !net::equals_ignoring_case(value.substr(0, kScheme.size()), kScheme) ||
        value[kScheme.size()] != ' ') {
        return bad_key("the Authorization header must be \"Bearer <key>\"");
    }
    value.remove_prefix(kScheme.size());
    while (value.starts_with(' ')) {
        value.remove_prefix(1);
    }
    return value;
}

}  // namespace

Result<std::string_view> carried_key(const Call& call) {
    constexpr std::array<std::string_view, 3> kPlainCarriers{"x-api-key", "api-key", "x-goog-api-key"};
    std::string_view key;
    bool found = false;
    for (const auto& field : call.head.fields) {
        const bool authorization = net::equals_ignoring_case(field.name, "authorization");
        bool carrier = authorization;
        for (const auto name : kPlainCarriers) {
            carrier = carrier || net::equals_ignoring_case(field.name, name);
        }
        if (!carrier) {
            continue;
        }
        if (found) {
            return Error{
                Errc::invalid_request, "the request carries more than one API key; send one", "several_keys", {}};
        }
        found = true;
        key = field.value;
        if (authorization) {
            key = AIHUB_TRY(bearer(field.value));
        }
    }
    if (call.operation == Operation::realtime) {
        const auto browser = credential_protocol(call.head);
        if (found && !browser.empty()) {
            return Error{
                Errc::invalid_request, "the request carries more than one API key; send one", "several_keys", {}};
        }
        key = browser.empty() ? key : browser;
        found = found || !browser.empty();
    }
    if (!found) {
        return bad_key("send an API key: Authorization: Bearer <key>");
    }
    return key;
}

Result<PrincipalPtr> identify(const Call& call, identity::KeyDirectory& keys, const Clock& clock) {
    return identity::check_key(keys, AIHUB_TRY(carried_key(call)), clock);
}

}  // namespace aihub::gateway
