// The parts of a file that are more than plain values.
#pragma once

#include "config/document.hpp"
#include "config/presets.hpp"
#include "config/reader.hpp"
#include "config/snapshot.hpp"

#include <string>
#include <vector>

namespace aihub::config {

// Each adds what is wrong to the reader's problems and leaves out what cannot be read.

[[nodiscard]] std::vector<Listen> read_listen(const Node& node, Reader& reader);

void read_providers(const Node& node, const Presets& presets, Reader& reader, Snapshot& snapshot);

// After the providers and `retries`: `names` are those of all provider blocks, also of the wrong ones, so that one slip
// is one problem.
void read_routes(const Node& node, const std::vector<std::string>& names, Reader& reader, Snapshot& snapshot);

}  // namespace aihub::config
