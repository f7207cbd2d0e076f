// What must be known of a reply that is passed on as it is, found in one pass without a tree.
#pragma once

#include <string_view>

namespace aihub::provider_openai {

// Raw JSON, views into the reply; empty when it is missing or null. Usage, model and background are also taken from the
// object `response` of an event, and usage from a vendor's `meta`.
struct PassageFacts {
    std::string_view type;
    std::string_view error;
    std::string_view usage;
    std::string_view model;
    std::string_view background;
    std::string_view identity;  // `id` or `object`: what an object has, and the wrapping of an error has not
};

// False: not a complete JSON object.
[[nodiscard]] bool scan_facts(std::string_view json, PassageFacts& facts);

}  // namespace aihub::provider_openai
