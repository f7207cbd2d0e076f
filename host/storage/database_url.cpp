#include "storage/database_url.hpp"

namespace aihub::storage {

namespace {

constexpr std::size_t kPathMax = 1024;

Error wrong(std::string message) {
    return {Errc::invalid_request, std::move(message), "database_url", "storage.url"};
}

}  // namespace

Result<DatabaseUrl> parse_database_url(std::string_view url) {
    const auto colon = url.find(':');
    // The URL may hold a password one day, so the message shows the scheme only.
    const auto scheme = url.substr(0, colon);
    if (colon == std::string_view::npos || scheme != "sqlite") {
        const std::string said = colon == std::string_view::npos ? "none" : "\"" + std::string(scheme) + "\"";
        return wrong("storage.url must start with sqlite: and a file name, its scheme is " + said);
    }
    const auto path = url.substr(colon + 1);
    if (path.empty() || path.back() == '/') {
        return wrong("storage.url names no file, write for example sqlite:var/aihub.db");
    }
    if (path.starts_with("//")) {
        return wrong("storage.url takes a path right after sqlite:, write sqlite:/var/lib/aihub/aihub.db");
    }
    if (path == ":memory:") {
        return wrong("storage.url cannot be in memory, keys would be lost at each start; name a file");
    }
    if (path.size() > kPathMax) {
        return wrong("the path in storage.url is longer than " + std::to_string(kPathMax) + " bytes");
    }
    for (const char c : path) {
        // The connection string of the library quotes with " and cannot escape it; ? and # would read like parameters.
        if (c == '"' || c == '?' || c == '#' || static_cast<unsigned char>(c) < 0x20) {
            return wrong("the path in storage.url may not hold quotes, ?, # or control characters");
        }
    }
    return DatabaseUrl{Backend::sqlite, std::string(path)};
}

}  // namespace aihub::storage
