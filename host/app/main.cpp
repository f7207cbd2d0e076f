#include "app/command_line.hpp"

#include <csignal>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    // A peer that has gone is an error of one write, not of the process.
    std::signal(SIGPIPE, SIG_IGN);
    return aihub::app::run_command_line(std::vector<std::string>(argv + 1, argv + argc));
}
