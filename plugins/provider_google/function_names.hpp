// Names of functions as Gemini takes them, and back.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace aihub::provider_google {

// Gemini wants a letter or an underscore, then letters, digits and "_.:-", at most 64. A name that does not fit is
// changed, always in the same way, and told to the client as it was.
class FunctionNames {
public:
    // The name for Gemini.
    [[nodiscard]] std::string outward(std::string_view name);
    // The client's name for one that Gemini said.
    [[nodiscard]] std::string_view inward(std::string_view name) const;

private:
    std::map<std::string, std::string, std::less<>> changed_;  // Gemini's, the client's
};

}  // namespace aihub::provider_google
