// Where spans go. Implemented by host/loader over <aihub/ext/trace_sink.h>, and by fakes in tests.
#pragma once

#include "model/span.hpp"

#include <functional>
#include <span>

namespace aihub::capability {

// Both functions are called on one event loop, always the same.
class TraceSink {
public:
    virtual ~TraceSink() = default;
    // Takes a batch; keeps copies. False: it does not take these, and they are lost.
    [[nodiscard]] virtual bool take(std::span<const model::Span> spans) = 0;
    // Calls `done` once on this loop, when everything taken so far was delivered or given up.
    virtual void flush(std::function<void()> done) = 0;
};

}  // namespace aihub::capability
