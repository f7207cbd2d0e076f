// The body of a request to the management API, read member by member.
#pragma once

#include "base/result.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace aihub::control {

// A JSON object. Each member is asked for by its name; finish() then refuses those that nobody asked for, so a mistyped
// name is never taken for one that was left out. All errors are invalid_request with the member as `param`.
class JsonBody {
public:
    static constexpr std::size_t kDepthMax = 16;

    // An empty text counts as {}. Of two members of one name the last counts.
    [[nodiscard]] static Result<JsonBody> parse(std::string_view text);

    [[nodiscard]] Result<std::string> text(std::string_view name);  // must be there
    [[nodiscard]] Result<std::string> text_or(std::string_view name, std::string_view fallback);
    [[nodiscard]] Result<std::optional<std::uint64_t>> number(std::string_view name);  // a whole one, 0 and above
    // Any value; nullptr: it is not there. Belongs to this body.
    [[nodiscard]] const boost::json::value* any(std::string_view name);
    [[nodiscard]] Result<void> finish() const;

private:
    explicit JsonBody(boost::json::object object) : object_(std::move(object)) {}

    boost::json::object object_;
    std::set<std::string, std::less<>> asked_;
};

}  // namespace aihub::control
