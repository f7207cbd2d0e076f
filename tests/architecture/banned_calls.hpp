// Calls that are not made here, and what to use instead.
#pragma once

#include <string_view>
#include <vector>

namespace aihub::architecture {

struct BannedCall {
    std::string_view rule;
    std::string_view word;                // a whole word of the code
    std::string_view unless_followed_by;  // not meant when this comes next; may be empty
    std::string_view replacement;
    std::vector<std::string_view> folders;
    bool in_comments = false;  // whether comments and literals are searched, too
};

[[nodiscard]] const std::vector<BannedCall>& banned_calls();

}  // namespace aihub::architecture
