// aihub.http/1: the host's HTTP client, as plugins see it.
#pragma once

#include <aihub/ext/http.h>

namespace aihub::loader {

// The struct that a plugin gets. An exchange keeps its instance until on_end() returned.
[[nodiscard]] const aihub_http_v1& http_extension();

}  // namespace aihub::loader
