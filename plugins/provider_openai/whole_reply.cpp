#include "whole_reply.hpp"

#include <aihub/json_read.hpp>

#include <cstdint>
#include <string>

namespace aihub::provider_openai {
namespace {

void tell_tool_calls(const sdk::JsonValue& calls, std::uint32_t choice, sdk::Call& call) {
    std::uint32_t index = 0;
    for (const sdk::JsonValue tool : calls) {
        const sdk::JsonValue function = tool["function"];
        const sdk::JsonValue arguments = function["arguments"];
        call.tool_begin(function["name"].string_or(""), tool["id"].string_or(""), choice, index);
        // Some servers give the arguments as an object; the format wants text.
        const bool text = arguments.is(sdk::JsonKind::string);
        call.tool_arguments(text ? arguments.string_or("") : std::string(arguments.raw()), choice, index);
        ++index;
    }
}

}  // namespace

bool tell_as_events(std::string_view json, sdk::Call& call) {
    const auto document = sdk::JsonDocument::parse(json);
    if (!document) {
        return false;
    }
    std::uint32_t position = 0;
    for (const sdk::JsonValue choice : document->root()["choices"]) {
        const std::uint32_t index = choice["index"].number<std::uint32_t>().value_or(position++);
        const sdk::JsonValue message = choice["message"];
        for (const char* name : {"reasoning_content", "reasoning"}) {
            if (const auto reasoning = message[name].string(); reasoning && !reasoning->empty()) {
                call.reasoning(*reasoning, index);
                break;
            }
        }
        if (const auto content = message["content"].string(); content && !content->empty()) {
            call.text(*content, index);
        }
        tell_tool_calls(message["tool_calls"], index, call);
    }
    return true;
}

}  // namespace aihub::provider_openai
