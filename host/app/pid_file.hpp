// The file that says which process serves.
#pragma once

#include "base/result.hpp"

#include <sys/types.h>

#include <optional>
#include <string>

namespace aihub::app {

// Replaced in one step, so that a reader sees a whole number. One thread.
class PidFile {
public:
    // `path` empty: there is none, and nothing below does anything.
    explicit PidFile(std::string path);

    // Puts the id of this process in, whatever was there.
    [[nodiscard]] Result<void> write();
    // The same, so that those who watch the file see that this process goes on. A failure changes nothing.
    void write_again();
    // Deletes it, unless it names another process by now.
    void remove();

    // The id in the file at `path`.
    [[nodiscard]] static Result<pid_t> read(const std::string& path);

private:
    const std::string path_;
};

}  // namespace aihub::app
