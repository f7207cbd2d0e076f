// Cuts the bytes of a reply into frames. Implemented over host/net by host/app, so that a plugin is checked with the
// very framing that it meets in service.
#pragma once

#include "base/result.hpp"
#include "capability/provider.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace aihub::capability {

// Takes one frame: the SSE event name or nothing, and the data. The views are valid during the call.
using FrameTaker = std::function<void(std::string_view event, std::string_view data)>;

// The framing of one reply. One thread.
class Framer {
public:
    virtual ~Framer() = default;
    // Bytes in the order in which they came, cut anywhere. Error: they are not of this framing, or over a limit.
    virtual Result<void> feed(std::string_view bytes, const FrameTaker& take) = 0;
    // The reply has ended: what is left is taken or dropped, as the framing says.
    virtual Result<void> finish(const FrameTaker& take) = 0;
};

// A framer for one reply.
using FramerFactory = std::function<std::unique_ptr<Framer>(Framing framing)>;

}  // namespace aihub::capability
