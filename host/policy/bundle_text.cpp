#include "policy/bundle_text.hpp"

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace aihub::policy {

namespace {

// What is before the next line feed; `text` begins behind it afterwards.
std::optional<std::string_view> take_line(std::string_view& text) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

std::optional<SourceFile> take_file(std::string_view& text) {
    const auto name = take_line(text);
    const auto digits = name ? take_line(text) : std::nullopt;
    if (!digits) {
        return std::nullopt;
    }
    std::size_t size = 0;
    const auto* end = digits->data() + digits->size();
    const auto parsed = std::from_chars(digits->data(), end, size);
    if (parsed.ec != std::errc() || parsed.ptr != end || size > text.size()) {
        return std::nullopt;
    }
    SourceFile file{std::string(*name), std::string(text.substr(0, size))};
    text.remove_prefix(size);
    return file;
}

}  // namespace

std::string bundle_text(const Bundle& bundle) {
    std::string text;
    for (const auto& file : bundle.files()) {
        text += file.name + "\n" + std::to_string(file.text.size()) + "\n" + file.text;
    }
    return text;
}

Result<Bundle> bundle_of_text(std::string name, std::string_view text) {
    std::vector<SourceFile> files;
    while (!text.empty()) {
        auto file = take_file(text);
        if (!file || files.size() > Bundle::kFilesMax) {
            return Error{Errc::invalid_request, "the text of bundle " + name + " is cut or damaged"};
        }
        files.push_back(*std::move(file));
    }
    return Bundle::make(std::move(name), std::move(files));
}

}  // namespace aihub::policy
