#include "loader/abi_error.hpp"

#include <array>

namespace aihub::loader {
namespace {

constexpr aihub_status kLowest = AIHUB_E_INTERNAL;
constexpr aihub_status kHighest = AIHUB_GONE;
constexpr std::array<const char*, 12> kNames = {
    "AIHUB_E_INTERNAL",
    "AIHUB_E_UPSTREAM",
    "AIHUB_E_TIMEOUT",
    "AIHUB_E_UNAVAILABLE",
    "AIHUB_E_LIMIT",
    "AIHUB_E_DENIED",
    "AIHUB_E_INVALID",
    "AIHUB_E_UNSUPPORTED",
    "AIHUB_OK",
    "AIHUB_AGAIN",
    "AIHUB_CANCELLED",
    "AIHUB_GONE"};

}  // namespace

bool known_status(aihub_status status) {
    return status >= kLowest && status <= kHighest;
}

std::string status_name(aihub_status status) {
    if (!known_status(status)) {
        return "status " + std::to_string(status);
    }
    return kNames[static_cast<std::size_t>(status - kLowest)];
}

void set_error(
    aihub_error* error, aihub_status status, aihub_slice code, aihub_slice message, aihub_slice detail_json
) {
    if (error == nullptr) {
        return;
    }
    error->status = status;
    error->code = view(code).substr(0, 64);
    error->message = view(message).substr(0, kMessageBytesMax);
    error->detail_json = view(detail_json).size() <= kDetailBytesMax ? view(detail_json) : std::string_view();
}

Error to_error(std::string_view what, aihub_status status, const aihub_error& error, Errc otherwise) {
    if (!known_status(status)) {
        return Error{
            Errc::internal, "the plugin's " + std::string(what) + "() answered nonsense: " + status_name(status)};
    }
    Errc code = otherwise;
    if (status == AIHUB_E_INVALID) {
        code = Errc::invalid_request;
    }
    if (status == AIHUB_E_INTERNAL) {
        code = Errc::internal;
    }
    if (!error.message.empty()) {
        return Error{code, error.message};
    }
    return Error{code, "the plugin's " + std::string(what) + "() failed with " + status_name(status)};
}

}  // namespace aihub::loader
