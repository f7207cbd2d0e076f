// The target of a request: one parsed path that routing, authorization and logging share.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aihub::net {

// Made from a request's target; views of that text end with it.
class Target {
public:
    // `text` begins with "/". Fails with invalid_request when the path could be read in two ways: broken or double
    // percent encoding, control characters, ill-formed UTF-8, "\" or ";" (plain or encoded), "//", and "." or ".." as a
    // segment, also between encoded slashes.
    static Result<Target> parse(std::string_view text);

    // Percent-decoded, except that an encoded slash stays "%2F": it is part of its segment and separates nothing.
    // Compare this one with routes.
    [[nodiscard]] std::string_view path() const { return encoded_ ? std::string_view(decoded_) : path_; }
    // Behind the "?", as it was sent; empty without one.
    [[nodiscard]] std::string_view query() const { return query_; }
    // The decoded value of the first parameter of that name; nothing when there is none. Broken encoding is
    // invalid_request.
    [[nodiscard]] Result<std::optional<std::string>> parameter(std::string_view name) const;

private:
    Target() = default;
    std::string_view path_, query_;
    std::string decoded_;
    bool encoded_ = false;
};

// A segment (or the rest) of Target::path() as the name of an object: "%2F" becomes "/".
[[nodiscard]] std::string path_value(std::string_view part);

}  // namespace aihub::net
