// The body of a provider's reply, cut into the frames that a codec wants.
#pragma once

#include "base/result.hpp"
#include "capability/provider.hpp"
#include "config/snapshot.hpp"
#include "gateway/json_outline.hpp"
#include "net/ndjson.hpp"
#include "net/sse.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace aihub::gateway {

// Valid during the call of the sink.
struct ReplyFrame {
    std::string_view event;  // the name of a server-sent event, or empty
    std::string_view data;
    std::string_view raw;         // as it came, with its framing; empty for a whole body
    bool passed = false;          // `raw` is a piece of a whole body that goes to the client without the codec
    std::string* held = nullptr;  // what `raw` is a view of, when it was held; may be taken
};

// One for each attempt. In this order: begin(), then for the bytes of each read add() for every piece of body in them
// and pause() once, then finish() when the body has ended as HTTP says. What can be handed on without a copy is.
// A sink is called as sink(const ReplyFrame&). Errors are upstream_failed: a limit was passed.
//
// A whole JSON body that may pass is held up to limits.reply_buffer_bytes. A larger one is given in pieces as it comes,
// and its last frame is an outline of it, see JsonOutline.
class ReplyFrames {
public:
    explicit ReplyFrames(const config::Limits& limits)
        : reply_bytes_max_(limits.reply_bytes_max),
          reply_buffer_bytes_(limits.reply_buffer_bytes),
          events_(limits.stream_frame_bytes_max),
          lines_(limits.stream_frame_bytes_max) {}

    // `length` is what the reply's head says, or 0; it is believed within reason. `may_pass` is for whole bodies.
    void begin(capability::Framing framing, std::uint64_t length, bool may_pass = false) {
        framing_ = framing;
        length_ = length;
        may_pass_ = may_pass && framing == capability::Framing::whole && reply_buffer_bytes_ < reply_bytes_max_;
    }
    [[nodiscard]] capability::Framing framing() const { return framing_; }
    [[nodiscard]] bool may_pass() const { return may_pass_; }
    // Whether the body goes to the client in pieces.
    [[nodiscard]] bool passing() const { return outline_ != nullptr; }
    // How much of a whole body is held.
    [[nodiscard]] std::size_t held() const { return whole_.size() + single_.size(); }

    template <class Sink>
    [[nodiscard]] Result<void> add(std::string_view payload, Sink&& sink) {
        switch (framing_) {
            case capability::Framing::whole:
                return add_whole(payload, sink);
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

    // Of a body that may pass, from now on no more is held.
    template <class Sink>
    [[nodiscard]] Result<void> pass(Sink&& sink) {
        outline_ = std::make_unique<JsonOutline>();
        if (whole_.empty()) {
            return pass_piece(std::exchange(single_, {}), sink);
        }
        auto held = std::exchange(whole_, {});
        AIHUB_CHECK(outline_->take(held));
        sink(ReplyFrame{{}, {}, held, true, &held});
        return {};
    }

    // The body is complete.
    template <class Sink>
    [[nodiscard]] Result<void> finish(Sink&& sink) {
        if (outline_) {
            sink(ReplyFrame{{}, AIHUB_TRY(outline_->finish()), {}});
        } else if (framing_ == capability::Framing::whole) {
            sink(ReplyFrame{{}, whole_.empty() ? single_ : std::string_view(whole_), {}});
            std::string().swap(whole_);  // What of it goes to the client was copied.
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
    template <class Sink>
    [[nodiscard]] Result<void> add_whole(std::string_view payload, Sink& sink) {
        if (outline_) {
            return pass_piece(payload, sink);
        }
        AIHUB_CHECK(hold(payload));
        const bool large = std::max<std::uint64_t>(held(), length_) > reply_buffer_bytes_;
        return may_pass_ && large ? pass(sink) : Result<void>{};
    }
    template <class Sink>
    [[nodiscard]] Result<void> pass_piece(std::string_view piece, Sink& sink) {
        AIHUB_CHECK(outline_->take(piece));
        if (!piece.empty()) {
            sink(ReplyFrame{{}, {}, piece, true});
        }
        return {};
    }
    [[nodiscard]] Result<void> hold(std::string_view payload);
    [[nodiscard]] static Result<void> named(Result<void> fed);

    std::size_t reply_bytes_max_;
    std::size_t reply_buffer_bytes_;
    capability::Framing framing_ = capability::Framing::whole;
    std::uint64_t length_ = 0;
    bool begun_ = false;
    bool may_pass_ = false;
    std::unique_ptr<JsonOutline> outline_;  // of a body that is passing
    std::string whole_;
    std::string_view single_;  // the only piece of a whole body so far
    net::SseSplitter events_;
    net::NdjsonSplitter lines_;
};

}  // namespace aihub::gateway
