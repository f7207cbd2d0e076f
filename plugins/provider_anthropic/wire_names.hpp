// Names of tools and ids of calls as the API takes them.
#pragma once

#include <aihub/chat.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace aihub::provider_anthropic {

// Names that the API refuses are changed on the way out, and back on the way in. The same name always becomes the same
// one, whatever stands beside it: prompt caches of the provider go by the bytes.
class WireNames {
public:
    // All as JSON strings.
    [[nodiscard]] std::string tool(sdk::JsonText name);
    [[nodiscard]] static std::string id(sdk::JsonText id);

    // The client's name of a tool, from the one that was sent.
    [[nodiscard]] std::string original(std::string_view sent) const;

private:
    std::map<std::string, std::string, std::less<>> changed_;  // as sent, and the client's
};

}  // namespace aihub::provider_anthropic
