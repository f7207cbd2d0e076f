// The framing of replies, lent to what may not see host/net.
#pragma once

#include "capability/framer.hpp"

#include <memory>

namespace aihub::app {

// Whole replies and events up to these sizes.
inline constexpr std::size_t kFramedReplyBytesMax = 64UL * 1024 * 1024;
inline constexpr std::size_t kFramedEventBytesMax = 4UL * 1024 * 1024;

// A framer for one reply, with the host's own splitters.
[[nodiscard]] std::unique_ptr<capability::Framer> make_net_framer(capability::Framing framing);

}  // namespace aihub::app
