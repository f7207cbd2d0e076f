// A bundle as one text, to be kept or sent.
#pragma once

#include "base/result.hpp"
#include "policy/bundle.hpp"

#include <string>
#include <string_view>

namespace aihub::policy {

// Each file in the order of names as its name, a line feed, its size in decimal, a line feed and its text: what the
// hash of a bundle is made of.
[[nodiscard]] std::string bundle_text(const Bundle& bundle);

// The bundle of such a text. invalid_request: it is none, or what is in it is no bundle.
[[nodiscard]] Result<Bundle> bundle_of_text(std::string name, std::string_view text);

}  // namespace aihub::policy
