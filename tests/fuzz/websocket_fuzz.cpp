#include "fuzz_check.hpp"
#include "net/websocket.hpp"
#include "support/websocket_render.hpp"

using aihub::fuzz::check;
using aihub::net::WebSocketSide;

// What the frames are does not depend on the cut, and little is kept.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = aihub::fuzz::text(data, size);
    for (const auto sender : {WebSocketSide::client, WebSocketSide::server}) {
        const auto whole = aihub::test::render_websocket({bytes}, sender);
        check(aihub::test::render_websocket(aihub::fuzz::pieces(bytes), sender) == whole, "the cut changes the frames");
        check(whole.find("keeps too much") == std::string::npos, "more is kept than is needed");
    }
    return 0;
}
