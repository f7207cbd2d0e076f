// What an answer says, as events.
#pragma once

#include "chunk.hpp"
#include "delta_text.hpp"
#include "tool_calls.hpp"
#include "wire_names.hpp"

#include <aihub/call.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace aihub::provider_openai {

// Takes the chunks of a stream, or one whole reply. It tells all but the model, the usage and the finishes. Bytes that
// wait for the rest of a sound are bounded by kSoundBytesMax.
class ChatEvents {
public:
    static constexpr std::size_t kSoundBytesMax = 64U << 20U;

    // `mark`: what ids of calls are made of when neither they nor the answer have one.
    explicit ChatEvents(std::string mark, ToolNames names = {}) : made_id_(std::move(mark)), names_(std::move(names)) {}
    ChatEvents(const ChatEvents&) = delete;
    ChatEvents& operator=(const ChatEvents&) = delete;
    ~ChatEvents() = default;

    // False: the answer has more in it than any real one; the call must fail.
    [[nodiscard]] bool tell(const ChunkFacts& facts, sdk::Call& call);
    // What was held back of a choice; in front of its finish.
    void end(std::uint32_t index, sdk::Call& call);

private:
    struct Delta {
        std::string_view content, reasoning_content, reasoning, thinking_blocks, refusal;
        std::string_view tool_calls, function_call, annotations, images, audio;
    };
    struct Choice {
        explicit Choice(std::uint32_t number, std::string_view made_id, const ToolNames& names)
            : index(number), tools(number, made_id, names) {}
        std::uint32_t index;
        std::uint32_t block = 0;  // of reasoning
        bool block_open = false;
        DeltaText text, thought, refused, spoken;
        std::string sound;
        ToolCalls tools;
    };

    Choice& choice(std::uint32_t index);
    void tell_reasoning(Choice& choice, const Delta& delta, sdk::Call& call);
    void think(Choice& choice, std::string_view raw, sdk::Call& call);
    void thinking_block(Choice& choice, std::string_view raw, sdk::Call& call);
    void tell_content(Choice& choice, std::string_view content, sdk::Call& call);
    static void tell_sound(Choice& choice, sdk::Call& call);
    void tell_media(Choice& choice, const Delta& delta, sdk::Call& call);

    std::string made_id_;  // stays as it is once there are choices
    ToolNames names_;
    std::map<std::uint32_t, Choice> choices_;
    std::string room_;
    bool too_much_ = false;
    bool id_told_ = false;
};

}  // namespace aihub::provider_openai
