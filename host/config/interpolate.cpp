#include "config/interpolate.hpp"

#include <algorithm>

namespace aihub::config {
namespace {

constexpr std::size_t kValueBytesMax = 256UL * 1024;  // the text with all variables put in

bool is_name(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const auto part = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
    return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), part);
}

Error wrong(std::string message) {
    return Error{Errc::invalid_request, std::move(message)};
}

// `inside` is what stands between the braces.
Result<std::string> value_of(std::string_view inside, const Sources& sources) {
    const std::size_t split = inside.find(":-");
    const std::string name(inside.substr(0, split));
    if (!is_name(name)) {
        return wrong("${...} holds no name of an environment variable, write ${NAME}, or $${ for the text itself");
    }
    auto value = sources.environment(name);
    if (split != std::string_view::npos) {
        return value && !value->empty() ? std::move(*value) : std::string(inside.substr(split + 2));
    }
    if (!value) {
        return wrong("the environment variable " + name + " is not set, set it or write ${" + name + ":-default}");
    }
    return std::move(*value);
}

}  // namespace

Result<std::string> interpolate(std::string_view text, const Sources& sources) {
    std::string out;
    while (!text.empty()) {
        const std::size_t at = text.find("${");
        out += text.substr(0, at);
        if (at == std::string_view::npos) {
            break;
        }
        const bool escaped = at > 0 && text[at - 1] == '$';
        text.remove_prefix(at + 2);
        if (escaped) {
            out += '{';
            continue;
        }
        const std::size_t end = text.find('}');
        if (end == std::string_view::npos) {
            return wrong("${ without }, close it, or write $${ for the text itself");
        }
        out += AIHUB_TRY(value_of(text.substr(0, end), sources));
        if (out.size() > kValueBytesMax) {
            return wrong("longer than 256 KiB with its variables, make it shorter");
        }
        text.remove_prefix(end + 1);
    }
    return out;
}

}  // namespace aihub::config
