// The settings of one configured provider.
#pragma once

#include "access_token.hpp"

#include <aihub/instance.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::provider_google {

// Immutable once made, but for the count of calls and the access token; shared by all loops.
class Settings {
public:
    using Library = TokenShelf;

    // The error names the setting and the remedy.
    static Result<std::unique_ptr<Settings>> create(const sdk::InstanceContext& context, TokenShelf& shelf);

    // Path for a model and what is asked of it ("generateContent").
    [[nodiscard]] std::string path_for(std::string_view model, std::string_view verb) const;

    // Letters and digits that no other call has: ids that clients send with their calls may repeat. [any]
    [[nodiscard]] std::string call_mark() const;

    // Of the service account; nullptr: the secret api_key is the credential.
    [[nodiscard]] AccessToken* access_token() const { return access_token_.get(); }

    std::string auth_header = "x-goog-api-key";
    std::string auth_prefix;
    std::string path = "/models/{model}:{verb}";  // {project} and {location} are put in by create()
    bool schema_subset = false;
    std::vector<std::pair<std::string, std::string>> headers;
    const sdk::InstanceServices* services = nullptr;  // the host's; lives as long as this object

private:
    // The project of the account, if there is one.
    Result<std::string> read_credential(const sdk::InstanceContext& context, TokenShelf& shelf);

    std::unique_ptr<AccessToken> access_token_;
    mutable std::atomic<std::uint64_t> calls_{0};
};

}  // namespace aihub::provider_google
