// Chunks of generateContent as events.
#pragma once

#include "function_names.hpp"
#include "grounding.hpp"

#include <aihub/call.hpp>
#include <aihub/json_value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::provider_google {

// One answer, whole or in chunks.
class ChatReply {
public:
    ChatReply() = default;

    [[nodiscard]] FunctionNames& names() { return names_; }
    // What ids of calls are made of when the reply says none: unlike those of other answers of the conversation.
    void set_id(std::string_view id);
    // Tells what the candidates of one chunk bring, without their ends.
    void tell(const sdk::JsonValue& chunk, sdk::Call& call);
    // Whether anything was told of that candidate; whether it called a function.
    [[nodiscard]] bool told(std::uint32_t index) const;
    [[nodiscard]] bool called(std::uint32_t index) const;

private:
    enum class Last { nothing, text, thought };
    struct Candidate {
        std::uint32_t index = 0;
        std::uint32_t calls = 0;
        std::uint32_t thoughts = 0;  // blocks
        Last last = Last::nothing;
        bool told = false;
        std::string held{};  // half of a pair of surrogates, as it was written
        Citations citations{};
    };

    Candidate& candidate(std::uint32_t index);
    [[nodiscard]] const Candidate* find(std::uint32_t index) const;
    void tell_part(const sdk::JsonValue& part, Candidate& of, sdk::Call& call);
    void tell_text(const sdk::JsonValue& part, Candidate& of, sdk::Call& call);
    void tell_call(const sdk::JsonValue& part, Candidate& of, sdk::Call& call);
    void tell_code(const sdk::JsonValue& part, Candidate& of, sdk::Call& call);

    FunctionNames names_;
    std::string id_;
    std::vector<Candidate> candidates_;
};

}  // namespace aihub::provider_google
