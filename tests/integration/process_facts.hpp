// What /proc says about a process: memory, processor time, descriptors.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

namespace aihub::testing {

// What a growth of `bytes` may be here. A sanitizer keeps what was freed for a while (its quarantine) and puts room
// around every piece, so under it this shows only that there is a bound at all.
constexpr std::int64_t growth(std::int64_t bytes) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return bytes * 8 + (std::int64_t{128} << 20);
#else
    return bytes;
#endif
}

// Resident memory in bytes.
inline std::int64_t resident_bytes(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
    std::int64_t size = 0;
    std::int64_t resident = 0;
    file >> size >> resident;
    return resident * ::sysconf(_SC_PAGESIZE);
}

// The most resident memory that it has had.
inline std::int64_t peak_bytes(pid_t pid) {
    constexpr std::string_view kName = "VmHWM:";
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(kName)) {
            return std::stoll(line.substr(kName.size())) * 1024;
        }
    }
    return 0;
}

// Processor time so far, of user and kernel together.
inline std::int64_t processor_ms(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(file, text);
    // The name in parentheses may hold anything; utime and stime are the 12th and 13th field behind it.
    std::size_t at = text.rfind(')') + 1;
    for (int field = 0; field < 12; ++field) {
        at = text.find(' ', at) + 1;
    }
    const auto user = std::stoll(text.substr(at));
    const auto kernel = std::stoll(text.substr(text.find(' ', at) + 1));
    return (user + kernel) * 1000 / ::sysconf(_SC_CLK_TCK);
}

inline std::size_t open_descriptors(pid_t pid) {
    std::error_code error;
    std::size_t count = 0;
    for (std::filesystem::directory_iterator at("/proc/" + std::to_string(pid) + "/fd", error), end; at != end;
         at.increment(error)) {
        ++count;
    }
    return count;
}

// Whether it has an open socket that listens on 127.0.0.1:`port`.
inline bool is_listening(pid_t pid, std::uint16_t port) {
    constexpr std::string_view kListening = "0A";
    std::ifstream table("/proc/net/tcp");
    std::string socket;  // as a descriptor's link names it
    for (std::string line; std::getline(table, line);) {
        std::istringstream fields(line);
        std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
        fields >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
        const bool ours = state == kListening && local.starts_with("0100007F:");
        if (ours && std::stoul(local.substr(local.find(':') + 1), nullptr, 16) == port) {
            socket = "socket:[" + inode + "]";
        }
    }
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", error)) {
        std::error_code gone;
        if (!socket.empty() && std::filesystem::read_symlink(entry.path(), gone) == socket) {
            return true;
        }
    }
    return false;
}

}  // namespace aihub::testing
