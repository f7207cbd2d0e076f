// aihub.call/1: the functions with which a plugin reports on a call.
#pragma once

#include "capability/provider.hpp"
#include "loader/abi_error.hpp"

#include <aihub/ext/call.h>

#include <vector>

namespace aihub::loader {

// The struct that a plugin gets.
[[nodiscard]] const aihub_call_v1& call_extension();

// The plugin's view of a request. `members` receives the converted list and is pointed to; both live until destroy().
[[nodiscard]] aihub_request to_abi(const capability::ProviderRequest& request, std::vector<aihub_json_member>& members);

// The host's view of a plugin's failure; a kind that is not known is internal, text over a limit is cut, a detail that
// is not a JSON object is dropped.
[[nodiscard]] capability::Failure to_failure(const aihub_failure& failure);

}  // namespace aihub::loader
