// Tools, the choice among them, and the format of the answer: of both of OpenAI's formats. The one puts the function
// into an object of its own, {"type":"function","function":{...}}, the other does not; either spelling is read.
#pragma once

#include "dialect/chat_builder.hpp"
#include "dialect/request_check.hpp"

namespace aihub::dialect {

[[nodiscard]] Result<void> read_openai_tools(const JsonValue& tools, const Place& place, ChatBuilder& builder);
// "auto", "required", "none", a function, or allowed_tools; the choice of a tool that only OpenAI has is a field of its
// format.
[[nodiscard]] Result<void> read_openai_tool_choice(const JsonValue& choice, const Place& place, ChatBuilder& builder);
// text, json_object, json_schema.
[[nodiscard]] Result<void> read_openai_response_format(
    const JsonValue& format, const Place& place, sdk::ResponseFormat& into
);
// A string or an array of strings.
[[nodiscard]] Result<void> read_openai_stop(const JsonValue& stop, const Place& place, ChatBuilder& builder);

}  // namespace aihub::dialect
