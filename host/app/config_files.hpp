// The files that a configuration names: whether they can be used.
#pragma once

#include "base/clock.hpp"
#include "config/load.hpp"

#include <vector>

namespace aihub::app {

struct FileFindings {
    std::vector<config::Problem> problems;  // the server would not start
    std::vector<config::Problem> warnings;  // it would, but not serve everybody
};

// Reads the certificates, keys and certificate authorities of `config` as the server would: a file that cannot be read
// or used and a key that is not that of its certificate are problems, a certificate that has ended at `now` is a
// warning. Without a column: the line is that of the block.
[[nodiscard]] FileFindings check_files(const config::Snapshot& config, WallTime now);

}  // namespace aihub::app
