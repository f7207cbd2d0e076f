#include "app/memory_limit.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

namespace aihub::app {

namespace {

// Version 1 writes "no limit" as the greatest number of whole pages.
constexpr std::uint64_t kUnlimited = std::uint64_t{1} << 60U;

std::uint64_t limit_in(const std::string& file) {
    std::ifstream in(file);
    std::uint64_t bytes = 0;
    // "max" is no number.
    return in >> bytes && bytes < kUnlimited ? bytes : 0;
}

std::uint64_t least(std::uint64_t one, std::uint64_t other) {
    if (one == 0 || other == 0) {
        return std::max(one, other);
    }
    return std::min(one, other);
}

// A group is held to the limits of all above it. In a container the path may be one of the host that is not there: then
// the walk ends at the container's own.
std::uint64_t limit_of(const std::string& mount, std::string path, const std::string& file) {
    std::uint64_t limit = 0;
    for (;;) {
        limit = least(limit, limit_in(mount + (path == "/" ? "" : path) + "/" + file));
        if (path.size() <= 1) {
            return limit;
        }
        path.resize(std::max<std::size_t>(path.rfind('/'), 1));
    }
}

// The path of the group in a line "5:memory:/path" or "0::/path" that names `controller`.
std::optional<std::string> path_in(std::string_view line, std::string_view controller) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) {
        return std::nullopt;
    }
    const auto names = line.substr(first + 1, second - first - 1);
    const bool listed = ("," + std::string(names) + ",").find("," + std::string(controller) + ",") != std::string::npos;
    const auto path = line.substr(second + 1);
    return listed && path.starts_with('/') ? std::optional<std::string>(path) : std::nullopt;
}

}  // namespace

std::uint64_t control_group_limit(const std::string& root) {
    std::ifstream groups(root + "/proc/self/cgroup");
    std::uint64_t limit = 0;
    for (std::string line; std::getline(groups, line);) {
        if (const auto unified = path_in(line, "")) {
            limit = least(limit, limit_of(root + "/sys/fs/cgroup", *unified, "memory.max"));
        }
        if (const auto memory = path_in(line, "memory")) {
            limit = least(limit, limit_of(root + "/sys/fs/cgroup/memory", *memory, "memory.limit_in_bytes"));
        }
    }
    return limit;
}

std::uint64_t memory_limit(const config::Limits& limits, std::uint64_t control_group) {
    return least(limits.memory_max, control_group);
}

config::SnapshotPtr within_memory(config::SnapshotPtr config, std::uint64_t limit) {
    const auto& limits = config->limits;
    if (limit == 0 || (limits.body_memory_max <= limit / 2 && limits.reply_memory_max <= limit / 4)) {
        return config;
    }
    auto held = *config;
    held.limits.body_memory_max = std::min<std::uint64_t>(limits.body_memory_max, limit / 2);
    held.limits.reply_memory_max = std::min<std::uint64_t>(limits.reply_memory_max, limit / 4);
    return std::make_shared<const config::Snapshot>(std::move(held));
}

}  // namespace aihub::app
