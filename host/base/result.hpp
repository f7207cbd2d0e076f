// Result<T> and Error for the host: those of the SDK, so that a failure keeps its meaning across the plugin line.
#pragma once

#include <aihub/result.hpp>
