// What a chat asks of the simulator, whatever format it came in.
#pragma once

#include <aihub/call.hpp>
#include <aihub/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::provider_simulator {

struct AskedTool {
    std::string name;
    std::string_view parameters;  // raw JSON Schema; empty: it takes none
};

enum class ToolWish { free, none, required, named };

// Views point into the body of the request.
struct AskedChat {
    std::uint64_t input_tokens = 0;
    std::uint32_t choices = 1;
    std::optional<std::uint64_t> limit;  // tokens of an answer
    std::string_view messages;           // raw JSON
    std::string last_text;               // of the last message of a user
    bool ends_with_result = false;       // of a tool
    std::vector<AskedTool> tools;        // that may be called
    ToolWish tool_wish = ToolWish::free;
    std::string tool_name;    // when it is named
    bool wants_json = false;  // any, or of `schema`
    std::optional<std::string_view> schema;
};

// Reads openai.chat, or the canonical form aihub.chat. The error says what is missing.
[[nodiscard]] Result<AskedChat> read_asked(const sdk::Request& request);

}  // namespace aihub::provider_simulator
