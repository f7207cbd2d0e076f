// The commands of `aihub`.
#pragma once

#include <string>
#include <vector>

namespace aihub::app {

// Exit statuses of all commands.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  // it was tried and did not work; the reason is on standard error
inline constexpr int kExitUsage = 2;   // the command line is wrong

// Runs the command that `arguments` (without the program's name) names and returns the exit status.
[[nodiscard]] int run_command_line(const std::vector<std::string>& arguments);

// Each command gets the arguments behind its name.
[[nodiscard]] int serve_command(const std::vector<std::string>& arguments);
[[nodiscard]] int check_config_command(const std::vector<std::string>& arguments);
[[nodiscard]] int experiment_command(const std::vector<std::string>& arguments);
[[nodiscard]] int key_command(const std::vector<std::string>& arguments);
[[nodiscard]] int plugin_command(const std::vector<std::string>& arguments);
[[nodiscard]] int policy_command(const std::vector<std::string>& arguments);
[[nodiscard]] int upgrade_command(const std::vector<std::string>& arguments);
[[nodiscard]] int version_command(const std::vector<std::string>& arguments);

}  // namespace aihub::app
