// Notices that the configuration file has changed.
#pragma once

#include <optional>
#include <string>

namespace aihub::app {

// Compares the file's content with what it was, so that it does not matter how an editor or an orchestrator replaces
// it, and no change is missed between a start and the first look. Made before the configuration is read for the first
// time. One thread.
class ConfigWatch {
public:
    // `file` empty: nothing is watched.
    explicit ConfigWatch(std::string file);

    // True once for each change, when two looks in a row have seen the same new content: a file that is being written
    // is waited out, and so is one that is away.
    [[nodiscard]] bool look();

private:
    const std::string file_;
    std::optional<std::string> known_;
    std::optional<std::string> last_;
};

}  // namespace aihub::app
