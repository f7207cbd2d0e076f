// The version of this build, from the project's CMakeLists.txt.
#pragma once

namespace aihub::app {

inline constexpr const char* kVersion = AIHUB_VERSION;

}  // namespace aihub::app
