// What the path needs to know of a form.
#pragma once

#include "base/result.hpp"
#include "gateway/call.hpp"
#include "net/form_data.hpp"

namespace aihub::gateway {

// Sets model, members and `stream` of the call from the fields seen so far, whose values lie in its body.
// invalid_request: `model` or `stream` twice or unusable, or a model that is needed and not there; `ended` says that
// the whole form has been seen.
[[nodiscard]] Result<void> read_form(const net::FormScan& form, bool ended, Call& call);

// Whether the first `within` bytes of the form are enough to choose a provider.
[[nodiscard]] bool knows_its_way(const net::FormScan& form, const Call& call, std::size_t within);

}  // namespace aihub::gateway
