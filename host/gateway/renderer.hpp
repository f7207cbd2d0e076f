// Canonical events to the bytes of the client's format, for providers that do not speak it themselves.
#pragma once

#include "capability/provider.hpp"
#include "gateway/call.hpp"
#include "gateway/output.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aihub::gateway {

// One answer. In a stream every event becomes bytes at once; otherwise finish() writes the whole document. Belongs to
// the attempt. Raw events do not come here.
class Renderer {
public:
    virtual ~Renderer() = default;
    virtual void event(const capability::Event& event, Output& out) = 0;
    // The answer is complete: the rest of it, and the end marker of a stream.
    virtual void finish(const model::Usage& usage, Output& out) = 0;
};

// For the call's operation. `created`: seconds since 1970.
[[nodiscard]] std::unique_ptr<Renderer> make_renderer(const Call& call, std::string_view model, std::int64_t created);

// The end marker of the call's stream format, for answers that were passed through.
[[nodiscard]] std::string_view stream_end(const Call& call);

}  // namespace aihub::gateway
