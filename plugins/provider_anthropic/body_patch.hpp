// The client's own bytes, for a provider that takes them.
#pragma once

#include "settings.hpp"

#include <aihub/call.hpp>
#include <aihub/http_request.hpp>

namespace aihub::provider_anthropic {

// Gives `http` the client's body with the model's name changed, or taken out where the path says it, and the version
// put in where the settings want it there. Everything else stays byte for byte. `request` must outlive `http`.
void add_patched_body(sdk::HttpRequest& http, const sdk::Request& request, const Settings& settings);

}  // namespace aihub::provider_anthropic
