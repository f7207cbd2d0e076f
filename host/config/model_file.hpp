// The model table as a YAML file: config/models.yaml, which is built in, and the one that models_file names.
#pragma once

#include "config/load.hpp"
#include "config/model_table.hpp"
#include "config/problems.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace aihub::config {

inline constexpr std::size_t kModelEntriesMax = 1000;
inline constexpr std::size_t kModelNamesMax = 64;  // of one entry

// config/models.yaml as it was when this was built.
[[nodiscard]] std::string_view builtin_models();

// The entries of `text`. What is wrong is added to `problems`; an entry with a mistake is left out.
[[nodiscard]] ModelTable read_models(std::string_view text, const Sources& sources, Problems& problems);

// Sets snapshot.model_table: the entries of snapshot.models_file, if there is one, and behind them those that are built
// in. The file's problems, which name it, go to `problems`.
void load_models(const Sources& sources, Snapshot& snapshot, std::vector<Problem>& problems);

}  // namespace aihub::config
