// The commands of `aihub policy` that have a file of their own. Each gets the arguments behind its name and gives the
// exit status.
#pragma once

#include <string>
#include <vector>

namespace aihub::app {

[[nodiscard]] int policy_activate(const std::vector<std::string>& arguments);
[[nodiscard]] int policy_rollback(const std::vector<std::string>& arguments);
[[nodiscard]] int policy_history(const std::vector<std::string>& arguments);
[[nodiscard]] int policy_explain(const std::vector<std::string>& arguments);
[[nodiscard]] int policy_replay(const std::vector<std::string>& arguments);
[[nodiscard]] int policy_status(const std::vector<std::string>& arguments);

}  // namespace aihub::app
