// The client's body with the provider's name of the model in it.
#pragma once

#include <aihub/call.hpp>
#include <aihub/http_request.hpp>

namespace aihub::provider_google {

// Adds the body to `http`, unchanged but for the members that name the model again ("models/alias"): Google refuses
// those that differ from the path.
void add_body(sdk::HttpRequest& http, const sdk::Request& request);

}  // namespace aihub::provider_google
