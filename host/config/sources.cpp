#include "config/document.hpp"
#include "config/load.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

namespace aihub::config {
namespace {

Error unreadable(int error) {
    return Error{Errc::invalid_request, std::generic_category().message(error)};
}

// Regular files and pipes only, and one byte over the limit of a document, so that the reader sees that it is too
// large.
Result<std::string> read_whole(const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        return unreadable(errno);
    }
    if (S_ISDIR(facts.st_mode)) {
        return unreadable(EISDIR);
    }
    errno = 0;
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        return unreadable(errno != 0 ? errno : EIO);
    }
    std::string text(kDocumentBytesMax + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad()) {
        return unreadable(EIO);
    }
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return text;
}

}  // namespace

Sources Sources::process() {
    Sources sources;
    sources.environment = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
    sources.read_file = read_whole;
    return sources;
}

}  // namespace aihub::config
