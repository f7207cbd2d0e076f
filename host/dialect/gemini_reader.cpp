#include "dialect/gemini_reader.hpp"

#include "dialect/gemini_config.hpp"
#include "dialect/gemini_contents.hpp"
#include "dialect/gemini_member.hpp"
#include "dialect/gemini_tools.hpp"

#include <array>
#include <string>

namespace aihub::dialect {

namespace {

// Read apart below, or the gateway's own business.
constexpr std::array<std::string_view, 7> kRead = {
    "model", "stream", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig"};

}  // namespace

Result<void> read_gemini(const JsonValue& root, ChatBuilder& builder) {
    const Place place;
    const JsonValue instruction = gemini_member(root, "systemInstruction");
    AIHUB_CHECK(read_gemini_instructions(instruction, place.member("systemInstruction"), builder));
    AIHUB_CHECK(read_gemini_contents(root["contents"], place.member("contents"), builder));
    AIHUB_CHECK(read_gemini_tools(root["tools"], place.member("tools"), builder));
    const JsonValue choice = gemini_member(root, "toolConfig");
    AIHUB_CHECK(read_gemini_tool_config(choice, place.member("toolConfig"), builder));
    const JsonValue config = gemini_member(root, "generationConfig");
    AIHUB_CHECK(read_gemini_config(config, place.member("generationConfig"), builder));
    for (const JsonValue member : root) {
        const std::string name = camel_case(member.key());
        const bool stores_nothing = name == "store" && member.raw() == "false";
        if (says_something(member) && !stores_nothing && !one_of(kRead, name)) {
            builder.add_foreign_field(name, member.raw());
        }
    }
    return {};
}

}  // namespace aihub::dialect
