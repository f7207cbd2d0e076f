// Notices that the configuration file, or a file that it names, has changed.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::app {

// A file and its content as it is in use.
struct WatchedFile {
    std::string path;
    std::size_t hash = 0;  // std::hash of the content
};

// Compares a file's content with what it was, so that it does not matter how an editor or an orchestrator replaces it,
// and no change is missed between a start and the first look. Made before the configuration is read for the first time.
// One thread.
class ConfigWatch {
public:
    // `file` empty: no configuration file is watched.
    explicit ConfigWatch(std::string file);

    // From now on the content of these files counts, too, and that of no others. A file that was watched before and is
    // not in use in its present content (it was refused) counts when it changes again.
    void also(const std::vector<WatchedFile>& files);

    // True once for each change, when two looks in a row have seen the same new content: a file that is being written
    // is waited out, and so is one that is away.
    [[nodiscard]] bool look();

private:
    struct Seen {
        std::optional<std::size_t> known;  // that counts; nothing: there was no file
        std::optional<std::size_t> last;   // at the last look
    };
    static bool look_at(const std::string& path, Seen& seen);

    const std::string file_;
    Seen seen_;
    std::map<std::string, Seen> others_;
};

}  // namespace aihub::app
