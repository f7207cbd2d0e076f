#include "app/net_framer.hpp"

#include "net/ndjson.hpp"
#include "net/sse.hpp"

namespace aihub::app {

namespace {

using capability::Framer;
using capability::FrameTaker;
using capability::Framing;

class WholeFramer final : public Framer {
public:
    Result<void> feed(std::string_view bytes, const FrameTaker&) override {
        if (body_.size() + bytes.size() > kFramedReplyBytesMax) {
            return Error{Errc::too_large, "the reply is larger than 64 MiB"};
        }
        body_ += bytes;
        return {};
    }
    Result<void> finish(const FrameTaker& take) override {
        take({}, body_);
        return {};
    }

private:
    std::string body_;
};

class SseFramer final : public Framer {
public:
    Result<void> feed(std::string_view bytes, const FrameTaker& take) override {
        return splitter_.feed(bytes, [&](const net::SseFrame& frame) { take(frame.event, frame.data); });
    }
    Result<void> finish(const FrameTaker& take) override {
        return splitter_.partial().empty() ? Result<void>() : feed("\n\n", take);
    }

private:
    net::SseSplitter splitter_{kFramedEventBytesMax, Errc::too_large};
};

class NdjsonFramer final : public Framer {
public:
    Result<void> feed(std::string_view bytes, const FrameTaker& take) override {
        return splitter_.feed(bytes, [&](const net::NdjsonLine& line) { take({}, line.text); });
    }
    Result<void> finish(const FrameTaker& take) override {
        net::NdjsonLine line;
        if (splitter_.finish(line)) {
            take({}, line.text);
        }
        return {};
    }

private:
    net::NdjsonSplitter splitter_{kFramedEventBytesMax, Errc::too_large};
};

class RawFramer final : public Framer {
public:
    Result<void> feed(std::string_view bytes, const FrameTaker& take) override {
        take({}, bytes);
        return {};
    }
    Result<void> finish(const FrameTaker&) override { return {}; }
};

}  // namespace

std::unique_ptr<Framer> make_net_framer(Framing framing) {
    switch (framing) {
        case Framing::sse:
            return std::make_unique<SseFramer>();
        case Framing::ndjson:
        case Framing::web_socket:  // In a recorded exchange each line is one message.
            return std::make_unique<NdjsonFramer>();
        case Framing::raw:
            return std::make_unique<RawFramer>();
        case Framing::whole:
            break;
    }
    return std::make_unique<WholeFramer>();
}

}  // namespace aihub::app
