#include "app/pid_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>

namespace aihub::app {

PidFile::PidFile(std::string path) : path_(std::move(path)) {}

Result<void> PidFile::write() {
    if (path_.empty()) {
        return {};
    }
    const auto own = std::to_string(::getpid());
    const auto fresh = path_ + "." + own;
    std::ofstream out(fresh);
    out << own << "\n";
    out.close();
    if (out.fail() || std::rename(fresh.c_str(), path_.c_str()) != 0) {
        const int error = errno;
        ::unlink(fresh.c_str());
        return Error{
            Errc::unavailable,
            "cannot write " + path_ + " (--pid-file): " + std::strerror(error) +
                "; choose a directory that is writable"};
    }
    return {};
}

void PidFile::write_again() {
    static_cast<void>(write());
}

void PidFile::remove() {
    if (path_.empty()) {
        return;
    }
    if (const auto named = read(path_); named && *named == ::getpid()) {
        ::unlink(path_.c_str());
    }
}

Result<pid_t> PidFile::read(const std::string& path) {
    std::ifstream in(path);
    std::string text;
    std::getline(in, text);
    pid_t pid = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, pid);
    if (parsed.ec != std::errc() || parsed.ptr != end || pid <= 1) {
        return Error{Errc::invalid_request, path + " holds no process id; give the file of `aihub serve --pid-file`"};
    }
    return pid;
}

}  // namespace aihub::app
