// A plugin's trace sink as the host sees it.
#pragma once

#include "capability/trace_sink.hpp"
#include "loader/instance.hpp"

#include <memory>

namespace aihub::loader {

// Over an instance of a plugin that has the family. Like a provider, it quiesces the instance when it is let go of.
[[nodiscard]] std::shared_ptr<capability::TraceSink> make_trace_sink(std::shared_ptr<Instance> instance);

}  // namespace aihub::loader
