#include "app/first_key.hpp"

#include "identity/permissions.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace aihub::app {

namespace {

Result<void> write_private(const std::string& file, std::string_view text) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return Error{Errc::unavailable, "cannot write " + file + ": " + std::strerror(errno)};
    }
    const bool written = ::fchmod(descriptor, 0600) == 0 &&
                         ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                         ::fsync(descriptor) == 0;
    const int error = errno;
    ::close(descriptor);
    if (!written) {
        return Error{Errc::unavailable, "cannot write " + file + ": " + std::strerror(error)};
    }
    return {};
}

}  // namespace

Result<Secret> FirstKey::ensure() const {
    const auto known = AIHUB_TRY(store_.list());
    if (!known.empty()) {
        return Secret();
    }
    identity::NewKey wanted;
    wanted.name = "first key";
    wanted.brand = brand_;
    wanted.permissions = {std::string(identity::permission_name(identity::Permission::platform_admin))};
    auto created = AIHUB_TRY(store_.create_key(wanted));
    Secret line(std::string(created.key.expose()) + "\n");
    AIHUB_CHECK(write_private(file_, line.expose()));
    return std::move(created.key);
}

}  // namespace aihub::app
