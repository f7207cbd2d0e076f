// A shared library in this process, opened through Boost.DLL.
#pragma once

#include "base/result.hpp"

#include <aihub/plugin.h>

#include <string>

namespace aihub::loader {

// Opens `path` with all symbols bound and none of them visible to others, and calls its entry function. The library
// stays mapped for the life of the process, because unmapping code that may have left threads, thread-local destructors
// or pointers behind is not safe. [control] Error: the dynamic linker's own words, or an entry function that answers
// nothing. Never throws. The file's constructors run here: inspect it first.
[[nodiscard]] Result<const aihub_plugin_entry*> open_library(const std::string& path);

}  // namespace aihub::loader
