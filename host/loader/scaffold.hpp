// `aihub plugin new`: a plugin's source tree from a template.
#pragma once

#include "base/result.hpp"

#include <string>
#include <vector>

namespace aihub::loader {

struct ScaffoldOptions {
    std::string template_directory;  // the SDK's; app knows where it is
    std::string kind = "provider";   // a folder of the template directory when there is one of that name
    std::string name;                // "acme-echo": lower-case letters, digits and '-'
    std::string directory;           // where to make it; empty: ./<name>
    std::string id;                  // plugin id; empty: "com.example.<name>"
};

struct Scaffold {
    std::string directory;
    std::vector<std::string> files;  // relative to directory, sorted
};

// Copies the template. In files' text and names @NAME@ becomes the name with '_' for '-' (a name for C++ and CMake),
// @TITLE@ the name as given, @ID@ the id. Everything is made in a directory beside and then renamed, so a failure
// leaves nothing behind. Error: a bad name or id, a directory that exists, no template, or what the file system says.
[[nodiscard]] Result<Scaffold> make_plugin(const ScaffoldOptions& options);

}  // namespace aihub::loader
