// The version of this build, from the project's CMakeLists.txt.
#pragma once

namespace aihub::app {

extern const char* const kVersion;

}  // namespace aihub::app
