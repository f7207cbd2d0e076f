// Result<T>: a value, or the Error that says why there is none.
//
// Spelled as a subset of std::expected (C++23), so that it can become an alias of it. Expected failure travels as a
// Result; an exception never crosses a module, a coroutine or the plugin ABI.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace aihub {

// What kind of failure. Each one maps to one HTTP status (see http_status()).
enum class Errc {
    invalid_request,     // 400: the caller's input is wrong
    unauthorized,        // 401: no credential, or not a valid one
    payment_required,    // 402: no credit left
    forbidden,           // 403: known, but not allowed
    not_found,           // 404: no such route, model or object
    method_not_allowed,  // 405
    request_timeout,     // 408: the client was too slow
    conflict,            // 409
    too_large,           // 413: over a size limit
    unsupported_media,   // 415: content type or encoding that is not taken
    expectation_failed,  // 417: an Expect that is not known
    upgrade_required,    // 426: the request has to become another protocol
    rate_limited,        // 429
    header_too_large,    // 431
    client_gone,         // 499: the client left; nobody reads the answer
    internal,            // 500: a fault of ours
    not_implemented,     // 501
    upstream_failed,     // 502: the provider answered with something unusable
    unavailable,         // 503: infrastructure trouble, overload, shutting down
    upstream_timeout,    // 504: the provider was too slow
};

// The HTTP status (RFC 9110) that stands for `code`; 499 is the customary "client closed request".
constexpr int http_status(Errc code) {
    constexpr int kStatus[] = {400, 401, 402, 403, 404, 405, 408, 409, 413, 415,
                               417, 426, 429, 431, 499, 500, 501, 502, 503, 504};
    return kStatus[static_cast<int>(code)];
}

// Why something failed. `message` is written for a person: lower case, what was wrong and what to do, never a secret.
struct Error {
    Errc code = Errc::internal;
    std::string message;
    std::string reason = {};  // a machine word that is finer than `code`, for example "model_not_found"; may be empty
    std::string param = {};   // the part of the input that is wrong, for example "model"; may be empty
};

template <class T>
class [[nodiscard]] Result {
public:
    // The two conversions are what makes `return value;` and `return Error{...};` read well.
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    // Only when has_value(): the value.
    T& operator*() & { return *std::get_if<0>(&state_); }
    const T& operator*() const& { return *std::get_if<0>(&state_); }
    T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
    T* operator->() { return std::get_if<0>(&state_); }
    const T* operator->() const { return std::get_if<0>(&state_); }

    // Only when !has_value(): the reason.
    Error& error() & { return *std::get_if<1>(&state_); }
    const Error& error() const& { return *std::get_if<1>(&state_); }
    Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)), failed_(true) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool has_value() const { return !failed_; }
    explicit operator bool() const { return has_value(); }
    Error& error() & { return error_; }
    const Error& error() const& { return error_; }
    Error&& error() && { return std::move(error_); }

private:
    Error error_;
    bool failed_ = false;
};

}  // namespace aihub

// AIHUB_TRY(expression): the value of a Result, or return its error from this function.
// A GNU statement expression; both g++ and clang take it. Not for coroutines: see AIHUB_CO_TRY in net/task.hpp.
#define AIHUB_TRY(expression)                           \
    __extension__({                                     \
        auto aihub_try_result = (expression);           \
        if (!aihub_try_result)                          \
            return std::move(aihub_try_result).error(); \
        *std::move(aihub_try_result);                   \
    })

// AIHUB_CHECK(expression): the same for a Result<void>.
#define AIHUB_CHECK(expression)                         \
    do {                                                \
        auto aihub_try_result = (expression);           \
        if (!aihub_try_result)                          \
            return std::move(aihub_try_result).error(); \
    } while (false)
