#include "json_texts.hpp"

#include <aihub/json_read.hpp>
#include <aihub/text.hpp>

#include <algorithm>
#include <charconv>

namespace aihub::provider_anthropic {
namespace {

bool is_string(sdk::JsonText text) {
    return text.size() >= 2 && text.front() == '"';
}

// Whether the byte at `at` is written as the second of an escape such as \n.
bool is_escaped(std::string_view inner, std::size_t at) {
    std::size_t slashes = 0;
    while (slashes < at && inner[at - 1 - slashes] == '\\') {
        ++slashes;
    }
    return slashes % 2 == 1;
}

// What stands between the quotes, up to the last thing that is seen.
std::string_view inner_without_space(sdk::JsonText quoted) {
    std::string_view inner = is_string(quoted) ? quoted.substr(1, quoted.size() - 2) : std::string_view();
    while (!inner.empty()) {
        const std::size_t last = inner.size() - 1;
        const bool escape = is_escaped(inner, last);
        if (!escape && inner[last] == ' ') {
            inner.remove_suffix(1);
        } else if (escape && std::string_view("nrt").find(inner[last]) != std::string_view::npos) {
            inner.remove_suffix(2);
        } else {
            break;
        }
    }
    return inner;
}

}  // namespace

std::string plain(sdk::JsonText quoted) {
    return is_string(quoted) ? sdk::json_unescape(quoted.substr(1, quoted.size() - 2)) : std::string();
}

bool is_blank(sdk::JsonText quoted) {
    return inner_without_space(quoted).empty();
}

std::string without_space_at_end(sdk::JsonText quoted) {
    return '"' + std::string(inner_without_space(quoted)) + '"';
}

bool is_own(sdk::JsonText origin) {
    return origin.starts_with("\"anthropic.");
}

bool is_number(sdk::JsonText number, double value) {
    double read = 0;
    const auto result = std::from_chars(number.data(), number.data() + number.size(), read);
    return result.ec == std::errc{} && read == value;
}

std::string type_of(sdk::JsonText object, std::string_view otherwise) {
    const auto document = sdk::JsonDocument::parse(object);
    return document ? document->root()["type"].string_or(otherwise) : std::string(otherwise);
}

void Dropped::add(std::string_view name) {
    const std::string_view cut = sdk::utf8_prefix(name, kNameBytesMax);
    if (names_.size() < kNamesMax && std::ranges::find(names_, cut) == names_.end()) {
        names_.emplace_back(cut);
    }
}

}  // namespace aihub::provider_anthropic
