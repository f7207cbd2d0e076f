// The folder of a bundle: notices edits.
#pragma once

#include "base/result.hpp"
#include "policy/bundle.hpp"

#include <memory>
#include <optional>
#include <string>

namespace aihub::app {

// Compares contents, so that it does not matter how an editor or an orchestrator replaces files. One thread, which may
// block.
class PolicyFolder {
public:
    using Loaded = Result<std::shared_ptr<const policy::Bundle>>;

    explicit PolicyFolder(std::string path);

    // What is there now, which from here on is known. The error says what is wrong with it, with file and line.
    [[nodiscard]] Loaded load();
    // The same when the content is another than the one known, and two looks in a row have seen it: files that are
    // being written are waited out. Nothing: no change.
    [[nodiscard]] std::optional<Loaded> look();
    // As look(), without waiting for a second look.
    [[nodiscard]] std::optional<Loaded> look_at_once();

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    struct Content {
        std::shared_ptr<const policy::Bundle> bundle;  // null: it is none
        std::string what;                              // its hash, or why it is none
    };
    [[nodiscard]] Content read() const;
    [[nodiscard]] Loaded checked(Content content);

    const std::string path_;
    std::string known_;
    std::string last_;
};

}  // namespace aihub::app
