// The conversation of the canonical form, as the API takes it.
#pragma once

#include "json_texts.hpp"
#include "wire_names.hpp"

#include <aihub/chat.hpp>
#include <aihub/json_write.hpp>
#include <aihub/result.hpp>

#include <string_view>

namespace aihub::provider_anthropic {

// Writes the members `system` and `messages`. Blocks stand in their order; thoughts without a signature of this vendor
// and blank texts are left out. An error names what the provider cannot take.
class ChatMessages {
public:
    ChatMessages(sdk::JsonWriter& json, WireNames& names, Dropped& dropped)
        : json_(json), names_(names), dropped_(dropped) {}

    // `addition` is one more instruction, behind the client's; empty: none.
    void write_system(const sdk::ChatRequest& chat, std::string_view addition);
    // `prefill`: the last message may be the assistant's; otherwise it is left out.
    [[nodiscard]] Result<void> write_messages(const sdk::ChatRequest& chat, bool prefill);

private:
    using Blocks = std::vector<const sdk::ChatBlock*>;

    [[nodiscard]] Blocks blocks_to_send(const sdk::ChatMessage& message);
    [[nodiscard]] bool is_sent(const sdk::ChatBlock& block);
    [[nodiscard]] Result<void> write_block(const sdk::ChatBlock& block, bool at_end);
    [[nodiscard]] Result<void> write_result(const sdk::ChatBlock& block);
    void write_reasoning(const sdk::ChatBlock& block);
    void write_text(const sdk::ChatBlock& block, bool at_end);
    void write_call(const sdk::ChatBlock& block);
    void write_cache_control(const sdk::ChatBlock& block);

    sdk::JsonWriter& json_;
    WireNames& names_;
    Dropped& dropped_;
};

}  // namespace aihub::provider_anthropic
