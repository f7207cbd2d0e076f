// Names of functions and ids of calls as this format allows them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace aihub::provider_openai {

// The names that were changed in one request, to change them back in its answer.
class ToolNames {
public:
    // The name for the provider: letters, digits, _ and -, at most 64 of them. One that is so already stays; another
    // always gets the same, which ends with a number made of it, so that two names stay two.
    [[nodiscard]] std::string to_wire(std::string_view name);
    // The name that the client knows.
    [[nodiscard]] std::string_view to_client(std::string_view wire) const;

private:
    std::map<std::string, std::string, std::less<>> changed_;  // wire, client's
};

// The id of a tool call, the same for the call and its result. `short9`: exactly nine letters and digits; otherwise at
// most forty bytes. One that is so already stays.
[[nodiscard]] std::string wire_call_id(std::string_view id, bool short9);

}  // namespace aihub::provider_openai
