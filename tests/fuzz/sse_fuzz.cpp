#include "fuzz_check.hpp"
#include "net/sse.hpp"
#include "net/sse_write.hpp"
#include "support/http_render.hpp"

using aihub::fuzz::check;
using aihub::net::SseFrame;

// The events do not depend on the cut, each event's raw bytes hold that event alone, and what is written comes back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kLimit = 256;
    const std::string_view bytes = aihub::fuzz::text(data, size);
    const std::string whole = aihub::test::render_sse({bytes}, kLimit);
    check(aihub::test::render_sse(aihub::fuzz::pieces(bytes), kLimit) == whole, "the cut changes the events");

    aihub::net::SseSplitter splitter(kLimit);
    std::string relayed;
    std::string written;
    std::string events;
    const auto describe = [](const SseFrame& frame) {
        return "[" + aihub::test::escape(frame.event) + "][" + aihub::test::escape(frame.data) + "]";
    };
    const auto fed = splitter.feed(bytes, [&](const SseFrame& frame) {
        check(!frame.data.empty() && frame.raw.size() <= kLimit + 2, "frame size");
        check(frame.data.find('\r') == std::string_view::npos, "a line end within data");
        relayed += frame.raw;
        aihub::net::append_sse(written, frame.event, frame.data);
        events += describe(frame);
    });
    check(splitter.partial().size() <= kLimit + 2, "more is kept than the limit says");
    (void)fed;
    for (const std::string& text : {relayed, written}) {
        std::string again;
        aihub::net::SseSplitter second(2 * kLimit * 6);
        // Bytes that look like a mark are text anywhere but at the start, where a relay writes an event of its own
        // first.
        const auto ok =
            second.feed(": relay\n\n" + text + ": end\n\n", [&](const SseFrame& frame) { again += describe(frame); });
        check(ok.has_value() && again == events, "other events when relayed or written again");
    }
    return 0;
}
