#include "system/process_figures.hpp"

#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace aihub::bench {
namespace {

struct Stat {
    pid_t parent = 0;
    double cpu_ticks = 0;
};

// /proc/<pid>/stat; the name in it may hold anything, so fields are counted from the last ')'.
bool read_stat(pid_t pid, Stat& stat) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto end = text.rfind(')');
    if (end == std::string::npos) {
        return false;
    }
    std::istringstream fields(text.substr(end + 2));
    std::string field;
    for (int index = 3; fields >> field; ++index) {
        if (index == 4) {
            stat.parent = std::atoi(field.c_str());
        } else if (index == 14 || index == 15) {
            stat.cpu_ticks += std::atof(field.c_str());
        }
    }
    return true;
}

std::map<pid_t, Stat> family(pid_t root) {
    std::map<pid_t, Stat> all;
    DIR* directory = ::opendir("/proc");
    while (const dirent* entry = ::readdir(directory)) {
        const pid_t pid = std::atoi(entry->d_name);
        Stat stat;
        if (pid > 0 && read_stat(pid, stat)) {
            all[pid] = stat;
        }
    }
    ::closedir(directory);
    std::map<pid_t, Stat> kept;
    for (const auto& [pid, stat] : all) {
        for (pid_t at = pid; at > 1;) {
            if (at == root) {
                kept[pid] = stat;
                break;
            }
            const auto found = all.find(at);
            at = found == all.end() ? 0 : found->second.parent;
        }
    }
    return kept;
}

std::size_t sum_status(pid_t root, const std::string& key) {
    std::size_t total = 0;
    for (const auto& [pid, stat] : family(root)) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/status");
        for (std::string line; std::getline(file, line);) {
            if (line.starts_with(key)) {
                total += std::strtoull(line.c_str() + key.size(), nullptr, 10) * 1024;
            }
        }
    }
    return total;
}

}  // namespace

double cpu_seconds(pid_t pid) {
    double ticks = 0;
    for (const auto& [member, stat] : family(pid)) {
        ticks += stat.cpu_ticks;
    }
    return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::size_t resident_bytes(pid_t pid) {
    return sum_status(pid, "VmRSS:");
}
std::size_t peak_resident_bytes(pid_t pid) {
    return sum_status(pid, "VmHWM:");
}

std::size_t raise_file_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

OneCore::OneCore() {
    ::sched_getaffinity(0, sizeof before_, &before_);
    int last = 0;
    for (int core = 0; core < CPU_SETSIZE; ++core) {
        if (CPU_ISSET(core, &before_)) {
            last = core;
        }
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(last, &one);
    ::sched_setaffinity(0, sizeof one, &one);
}

OneCore::~OneCore() {
    ::sched_setaffinity(0, sizeof before_, &before_);
}

}  // namespace aihub::bench
