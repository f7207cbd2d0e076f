#include "fuzz_check.hpp"
#include "net/chunked.hpp"
#include "support/http_render.hpp"

using aihub::fuzz::check;

// A body is the same however it was cut, and payload written as chunks comes back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = aihub::fuzz::text(data, size);
    const aihub::net::ChunkedLimits limits{.extension_bytes_max = 64, .trailer_bytes_max = 128};
    const std::string whole = aihub::test::render_chunked({bytes}, limits);
    check(aihub::test::render_chunked(aihub::fuzz::pieces(bytes), limits) == whole, "the cut changes the body");

    aihub::net::ChunkedDecoder decoder(aihub::Errc::invalid_request, limits);
    std::string_view rest = bytes;
    while (!rest.empty() && !decoder.done()) {
        const auto step = decoder.decode(rest);
        if (!step) {
            break;
        }
        check(step->consumed > 0 && step->consumed <= rest.size(), "no progress");
        check(step->payload.empty() || step->payload.data() >= rest.data(), "payload before the input");
        check(
            step->payload.empty() || step->payload.data() + step->payload.size() == rest.data() + step->consumed,
            "payload is not the last that was consumed"
        );
        rest.remove_prefix(step->consumed);
    }

    std::string body;
    for (const std::string_view piece : aihub::fuzz::pieces(bytes)) {
        aihub::net::append_chunk(body, piece);
    }
    body += aihub::net::kLastChunk;
    check(
        aihub::test::render_chunked({body}) == "done\n" + aihub::test::escape(bytes) + "\nrest \n",
        "not what was written"
    );
    return 0;
}
