// How much memory the process may have.
#pragma once

#include "config/snapshot.hpp"

#include <cstdint>
#include <string>

namespace aihub::app {

// The least memory limit of the control groups that the process is in (version 2, or 1 where there is no other), in
// bytes; 0: none. `root` stands before "/proc" and "/sys".
[[nodiscard]] std::uint64_t control_group_limit(const std::string& root = {});

// The configured limit or that of the control group, whichever is less; 0: none. The kernel ends what passes its own.
[[nodiscard]] std::uint64_t memory_limit(const config::Limits& limits, std::uint64_t control_group);

// The configuration as it holds under `limit`: request bodies together get half of it at most and replies a quarter,
// because they can come faster than anybody looks at the memory of the process.
[[nodiscard]] config::SnapshotPtr within_memory(config::SnapshotPtr config, std::uint64_t limit);

}  // namespace aihub::app
