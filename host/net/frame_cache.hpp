// Memory of coroutine frames, kept per thread: a request takes some twenty frames of a few sizes, one after another.
#pragma once

#include <cstddef>

namespace aihub::net {

// As operator new and delete, but small blocks are kept by the thread that frees them, up to a bound. In sanitizer
// builds nothing is kept, so that late use is seen.
[[nodiscard]] void* take_frame(std::size_t bytes);
void give_frame(void* frame, std::size_t bytes);

}  // namespace aihub::net
