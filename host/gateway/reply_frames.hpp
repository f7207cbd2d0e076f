// The body of a provider's reply, cut into the frames that a codec wants.
#pragma once

#include "base/result.hpp"
#include "capability/provider.hpp"
#include "config/snapshot.hpp"
#include "net/ndjson.hpp"
#include "net/sse.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::gateway {

// Valid during the call of the sink.
struct ReplyFrame {
    std::string_view event;  // the name of a server-sent event, or empty
    std::string_view data;
    std::string_view raw;  // as it came, with its framing; empty for a whole body
};

// One for each attempt. In this order: begin(), then for the bytes of each read add() for every piece of body in them
// and pause() once, then finish() when the body has ended as HTTP says. What can be handed on without a copy is.
// A sink is called as sink(const ReplyFrame&). Errors are upstream_failed: a limit was passed.
class ReplyFrames {
public:
    explicit ReplyFrames(const config::Limits& limits)
        : reply_bytes_max_(limits.reply_bytes_max),
          events_(limits.stream_frame_bytes_max),
          lines_(limits.stream_frame_bytes_max) {}

    // `length` is what the reply's head says, or 0; it is believed within reason.
    void begin(capability::Framing framing, std::uint64_t length) {
        framing_ = framing;
        length_ = length;
    }
    [[nodiscard]] capability::Framing framing() const { return framing_; }

    template <class Sink>
    [[nodiscard]] Result<void> add(std::string_view payload, Sink&& sink) {
        switch (framing_) {
            case capability::Framing::whole:
                return add_whole(payload);
            case capability::Framing::raw:
                begun_ = true;
                sink(ReplyFrame{{}, payload, payload});
                return {};
            case capability::Framing::ndjson:
                return named(lines_.feed(payload, [&](const net::NdjsonLine& line) {
                    sink(ReplyFrame{{}, line.text, line.raw});
                }));
            default:
                return named(events_.feed(payload, [&](const net::SseFrame& frame) {
                    sink(ReplyFrame{frame.event, frame.data, frame.raw});
                }));
        }
    }

    // The pieces given since the last pause stop being valid and the body goes on.
    void pause() {
        whole_ += single_;
        single_ = {};
    }

    // The body is complete.
    template <class Sink>
    [[nodiscard]] Result<void> finish(Sink&& sink) {
        if (framing_ == capability::Framing::whole) {
            sink(ReplyFrame{{}, whole_.empty() ? single_ : std::string_view(whole_), {}});
        } else if (framing_ == capability::Framing::raw && !begun_) {
            sink(ReplyFrame{});  // An empty body is an answer, too.
        } else if (framing_ == capability::Framing::sse && !events_.partial().empty()) {
            return add("\n\n", sink);  // The last event came without its empty line.
        } else if (net::NdjsonLine line; framing_ == capability::Framing::ndjson && lines_.finish(line)) {
            sink(ReplyFrame{{}, line.text, line.raw});
        }
        return {};
    }

private:
    [[nodiscard]] Result<void> add_whole(std::string_view payload);
    [[nodiscard]] static Result<void> named(Result<void> fed);

    std::size_t reply_bytes_max_;
    capability::Framing framing_ = capability::Framing::whole;
    std::uint64_t length_ = 0;
    bool begun_ = false;
    std::string whole_;
    std::string_view single_;  // the only piece of a whole body so far
    net::SseSplitter events_;
    net::NdjsonSplitter lines_;
};

}  // namespace aihub::gateway
