// What the WebSocket reader makes of bytes, as the text that golden files hold.
#pragma once

#include "net/websocket.hpp"
#include "support/byte_cases.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aihub::test {

// One line for each frame, its payload unmasked, and what was taken of the bytes. Payloads over 40 bytes are told by
// their length.
inline std::string render_websocket(const std::vector<std::string_view>& pieces, net::WebSocketSide sender) {
    constexpr std::size_t kShownMax = 40;
    net::WebSocketReader reader(sender, Errc::invalid_request);
    std::string text;
    std::string payload;
    std::string kept;
    std::size_t taken = 0;
    for (const std::string_view piece : pieces) {
        kept += piece;
        std::string_view bytes = kept;
        while (!bytes.empty()) {
            const auto step = reader.read(bytes);
            if (!step) {
                return text + "refused after " + std::to_string(taken) + " bytes: " + step.error().message + "\n";
            }
            if (step->consumed == 0) {
                break;
            }
            net::append_unmasked(payload, step->payload, reader.offset(), reader.frame().mask);
            if (step->frame_done) {
                const auto& frame = reader.frame();
                text += std::to_string(static_cast<int>(frame.opcode)) + (frame.last ? " last " : " more ");
                text += payload.size() > kShownMax ? std::to_string(payload.size()) + " bytes" : escape(payload);
                text += "\n";
                payload.clear();
            }
            taken += step->consumed;
            bytes.remove_prefix(step->consumed);
        }
        kept = std::string(bytes);
        if (kept.size() >= net::WebSocketReader::kKeepBytesMax) {
            return text + "keeps too much\n";
        }
    }
    if (reader.closed()) {
        text += "closed " + std::to_string(reader.close_code()) + "\n";
    }
    return text + (reader.at_boundary() && kept.empty() ? "whole\n" : "incomplete\n");
}

}  // namespace aihub::test
