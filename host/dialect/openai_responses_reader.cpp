#include "dialect/openai_responses_reader.hpp"

#include "dialect/openai_tools.hpp"
#include "dialect/responses_items.hpp"

#include <array>
#include <string>

namespace aihub::dialect {

namespace {

using sdk::ChatRequest;

constexpr std::array<Wish, 7> kWishes = {{
    {"temperature", &ChatRequest::temperature, JsonKind::number},
    {"top_p", &ChatRequest::top_p, JsonKind::number},
    {"top_logprobs", &ChatRequest::top_logprobs, JsonKind::number},
    {"user", &ChatRequest::user, JsonKind::string},
    {"metadata", &ChatRequest::metadata, JsonKind::object},
    {"service_tier", &ChatRequest::service_tier, JsonKind::string},
    {"prompt_cache_key", &ChatRequest::prompt_cache_key, JsonKind::string},
}};

// Read apart below, or the gateway's own business.
constexpr std::array<std::string_view, 17> kRead = {
    "model",
    "stream",
    "stream_options",
    "input",
    "instructions",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "text",
    "reasoning",
    "max_output_tokens",
    "include",
    "safety_identifier",
    "previous_response_id",
    "conversation",
    "prompt",
    "background"};

// What says nothing, as it is what happens anyway.
bool is_usual(std::string_view name, const JsonValue& value) {
    return (name == "store" && value.raw() == "false") || (name == "truncation" && value.raw() == "\"disabled\"");
}

Result<void> refuse_what_is_stored(const JsonValue& root, const Place& place) {
    if (given(root["previous_response_id"])) {
        return unsupported(
            place.member("previous_response_id"), "no answers are stored, so send the whole conversation as input"
        );
    }
    if (given(root["conversation"])) {
        return unsupported(
            place.member("conversation"), "no conversations are stored, so send the whole conversation as input"
        );
    }
    if (given(root["prompt"])) {
        return unsupported(place.member("prompt"), "no prompts are stored, so send instructions and input");
    }
    if (root["background"].boolean_or(false)) {
        return unsupported(place.member("background"), "no answers are stored, so wait for this one or stream it");
    }
    return {};
}

// What the answer is to have besides. Encrypted thoughts are there anyway.
Result<void> read_include(const JsonValue& include, const Place& place, ChatBuilder& builder) {
    const JsonText list = AIHUB_TRY(optional_texts(include, place));
    bool others = false;
    for (const JsonValue one : include) {
        if (one.raw() == "\"message.output_text.logprobs\"") {
            builder.request.logprobs = "true";
            continue;
        }
        others = others || one.raw() != "\"reasoning.encrypted_content\"";
    }
    if (others) {
        builder.add_foreign_field("include", list);
    }
    return {};
}

Result<void> read_text(const JsonValue& text, const Place& place, ChatRequest& request) {
    AIHUB_TRY(optional_of(JsonKind::object, text, place));
    request.verbosity = AIHUB_TRY(optional_of(JsonKind::string, text["verbosity"], place.member("verbosity")));
    return read_openai_response_format(text["format"], place.member("format"), request.response_format);
}

Result<void> read_reasoning(const JsonValue& reasoning, const Place& place, sdk::ChatReasoning& into) {
    AIHUB_TRY(optional_of(JsonKind::object, reasoning, place));
    into.effort = AIHUB_TRY(optional_of(JsonKind::string, reasoning["effort"], place.member("effort")));
    const char* const name = given(reasoning["summary"]) ? "summary" : "generate_summary";
    into.summary = AIHUB_TRY(optional_of(JsonKind::string, reasoning[name], place.member(name)));
    return {};
}

Result<void> read_tools(const JsonValue& root, const Place& place, ChatBuilder& builder) {
    AIHUB_CHECK(read_openai_tools(root["tools"], place.member("tools"), builder));
    AIHUB_CHECK(read_openai_tool_choice(root["tool_choice"], place.member("tool_choice"), builder));
    const JsonValue parallel = root["parallel_tool_calls"];
    builder.request.tool_choice.parallel =
        AIHUB_TRY(optional_of(JsonKind::boolean, parallel, place.member("parallel_tool_calls")));
    return {};
}

}  // namespace

Result<void> read_openai_responses(const JsonValue& root, ChatBuilder& builder) {
    const Place place;
    auto& request = builder.request;
    AIHUB_CHECK(refuse_what_is_stored(root, place));
    for (const JsonValue member : root) {
        const std::string name = member.key();
        const bool wish = AIHUB_TRY(take_wish(kWishes, name, member, place, request));
        if (!wish && says_something(member) && !is_usual(name, member) && !one_of(kRead, name)) {
            builder.add_foreign_field(name, member.raw());
        }
    }
    const Place at_instructions = place.member("instructions");
    const JsonText words = AIHUB_TRY(optional_of(JsonKind::string, root["instructions"], at_instructions));
    if (!words.empty()) {
        builder.instruct(text_block(BlockKind::text, words));
    }
    AIHUB_CHECK(read_responses_input(root["input"], place.member("input"), builder));
    AIHUB_CHECK(read_tools(root, place, builder));
    AIHUB_CHECK(read_text(root["text"], place.member("text"), request));
    AIHUB_CHECK(read_reasoning(root["reasoning"], place.member("reasoning"), request.reasoning));
    AIHUB_CHECK(read_include(root["include"], place.member("include"), builder));
    const JsonValue limit = root["max_output_tokens"];
    request.max_output_tokens = AIHUB_TRY(optional_count(limit, place.member("max_output_tokens")));
    if (root["top_logprobs"].number<double>().value_or(0) > 0) {
        request.logprobs = "true";
    }
    const JsonValue person = root["safety_identifier"];
    const JsonText user = AIHUB_TRY(optional_of(JsonKind::string, person, place.member("safety_identifier")));
    if (request.user.empty()) {
        request.user = user;
    } else if (!user.empty()) {
        builder.add_foreign_field("safety_identifier", user);
    }
    return {};
}

}  // namespace aihub::dialect
