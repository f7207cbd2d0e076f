// One event of the API's stream, taken apart as far as it must be.
#pragma once

#include <cstdint>
#include <string_view>

namespace aihub::provider_anthropic {

// Raw JSON values that point into the event; empty: not there, or null.
struct StreamEvent {
    std::string_view type;  // without its quotes
    std::uint32_t index = 0;
    std::string_view message;
    std::string_view content_block;
    std::string_view delta;
    std::string_view usage;
    std::string_view error;
};

// The delta of a block, or of the message.
struct StreamDelta {
    std::string_view type;  // without its quotes
    std::string_view text;  // the string that it adds, whatever its name: text, thinking, partial_json, signature
    std::string_view citation;
    std::string_view stop_reason;
    std::string_view stop_sequence;
};

// What a message, or a count of tokens, says of itself.
struct MessageHead {
    std::string_view id;  // these two without their quotes, escapes left in
    std::string_view model;
    std::string_view usage;
    std::string_view stop_reason;
    std::string_view stop_sequence;
    std::string_view input_tokens;
};

// False: it is not valid JSON, or no event. A whole message reads as an event, too: of the type "message".
[[nodiscard]] bool scan_event(std::string_view data, StreamEvent& event);
[[nodiscard]] bool scan_delta(std::string_view raw, StreamDelta& delta);
[[nodiscard]] bool scan_head(std::string_view raw, MessageHead& head);

}  // namespace aihub::provider_anthropic
