// The tools of the canonical form, as the API takes them.
#pragma once

#include "json_texts.hpp"
#include "wire_names.hpp"

#include <aihub/chat.hpp>
#include <aihub/json_write.hpp>

#include <string>
#include <vector>

namespace aihub::provider_anthropic {

// The members `tools` and `tool_choice`. `answer_tool` is the name of a tool that is not the client's: the model must
// give its answer as the arguments of it. Empty: there is none.
class ChatTools {
public:
    ChatTools(const sdk::ChatRequest& chat, WireNames& names, Dropped& dropped, std::string answer_tool);

    // Whether the model must call one.
    [[nodiscard]] bool forced() const;

    void write(sdk::JsonWriter& json);

private:
    void write_tool(sdk::JsonWriter& json, const sdk::ChatTool& tool);
    void write_answer_tool(sdk::JsonWriter& json) const;
    void write_choice(sdk::JsonWriter& json);

    const sdk::ChatRequest& chat_;
    WireNames& names_;
    std::string answer_tool_;
    std::vector<const sdk::ChatTool*> tools_;  // that are sent
};

}  // namespace aihub::provider_anthropic
