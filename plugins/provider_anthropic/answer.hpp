// An answer of the Messages API, told in events.
#pragma once

#include "stream_event.hpp"
#include "usage.hpp"
#include "wire_names.hpp"

#include <aihub/call.hpp>
#include <aihub/json_read.hpp>
#include <aihub/result.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace aihub::provider_anthropic {

// One answer. Blocks of a kind that has no place in the canonical form, such as those of tools that run at the
// provider, are left out.
class Answer {
public:
    Answer() = default;
    Answer(WireNames names, std::string answer_tool) : names_(std::move(names)), answer_tool_(std::move(answer_tool)) {}

    // An event of a stream; errors, pings and the end are the caller's business. An error says what makes no sense.
    [[nodiscard]] Result<void> on_event(const StreamEvent& event, sdk::Call& call);
    // A whole message.
    [[nodiscard]] Result<void> on_whole(std::string_view message, sdk::Call& call);

    // Tells how it ended, if nothing has: once for each answer. False: it has not begun.
    [[nodiscard]] bool finish(sdk::Call& call);

private:
    enum class Kind { text, reasoning, tool, answer, other };
    struct Block {
        Kind kind = Kind::other;
        std::uint32_t number = 0;  // of the tool call, or of the block of reasoning
        std::string arguments;     // that its beginning gave, for a call that brings no others
        std::string half;          // the first half of a character, as it was written
        bool has_arguments = false;
    };

    Result<void> begin(const sdk::JsonValue& message, sdk::Call& call);
    Result<void> begin_block(std::uint32_t index, std::string_view content, sdk::Call& call);
    void begin_tool(Block& block, const sdk::JsonValue& content, sdk::Call& call);
    Result<void> on_delta(Block& block, std::string_view raw, sdk::Call& call);
    void add(Block& block, std::string_view quoted, sdk::Call& call);
    void tell(Block& block, std::string_view text, sdk::Call& call);
    void end_block(std::uint32_t index, sdk::Call& call);
    void tell_usage(std::string_view raw, sdk::Call& call);
    void tell_finish(std::string_view stop_reason, std::string_view stop_sequence, sdk::Call& call);

    WireNames names_;
    std::string answer_tool_;
    std::map<std::uint32_t, Block> blocks_;  // that are open, by the provider's index
    UsageCount usage_;
    std::uint32_t tools_ = 0;
    std::uint32_t thoughts_ = 0;
    bool begun_ = false;
    bool finished_ = false;
};

}  // namespace aihub::provider_anthropic
