#include "app/version.hpp"

namespace aihub::app {

const char* const kVersion = AIHUB_VERSION;

}  // namespace aihub::app
