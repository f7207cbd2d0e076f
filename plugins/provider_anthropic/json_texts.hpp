// Small questions to JSON texts of the canonical form.
#pragma once

#include <aihub/chat.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::provider_anthropic {

// What a JSON string stands for; empty for anything else.
[[nodiscard]] std::string plain(sdk::JsonText quoted);

// A string of nothing but white space, or no text at all: the API refuses such.
[[nodiscard]] bool is_blank(sdk::JsonText quoted);

// The same string without white space at its end.
[[nodiscard]] std::string without_space_at_end(sdk::JsonText quoted);

// Whether an `origin` is a format of this API.
[[nodiscard]] bool is_own(sdk::JsonText origin);

// Whether a number is that one, however it is spelled.
[[nodiscard]] bool is_number(sdk::JsonText number, double value);

// The `type` of an object, or `otherwise`.
[[nodiscard]] std::string type_of(sdk::JsonText object, std::string_view otherwise);

// The names of what the provider is not told, each once, in the order of their first mention. Names come from clients:
// only the first kNamesMax are kept, each cut to kNameBytesMax.
class Dropped {
public:
    static constexpr std::size_t kNamesMax = 64;
    static constexpr std::size_t kNameBytesMax = 128;

    void add(std::string_view name);
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

private:
    std::vector<std::string> names_;
};

}  // namespace aihub::provider_anthropic
