#include "dialect/openai_chat_reader.hpp"

#include "dialect/openai_messages.hpp"
#include "dialect/openai_tools.hpp"
#include "dialect/thinking.hpp"

#include <array>
#include <string>

namespace aihub::dialect {

namespace {

using sdk::ChatRequest;

constexpr std::array<Wish, 15> kWishes = {{
    {"temperature", &ChatRequest::temperature, JsonKind::number},
    {"top_p", &ChatRequest::top_p, JsonKind::number},
    {"top_k", &ChatRequest::top_k, JsonKind::number},
    {"seed", &ChatRequest::seed, JsonKind::number},
    {"presence_penalty", &ChatRequest::presence_penalty, JsonKind::number},
    {"frequency_penalty", &ChatRequest::frequency_penalty, JsonKind::number},
    {"logprobs", &ChatRequest::logprobs, JsonKind::boolean},
    {"top_logprobs", &ChatRequest::top_logprobs, JsonKind::number},
    {"logit_bias", &ChatRequest::logit_bias, JsonKind::object},
    {"modalities", &ChatRequest::modalities, JsonKind::array},
    {"verbosity", &ChatRequest::verbosity, JsonKind::string},
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
    "messages",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "functions",
    "function_call",
    "response_format",
    "reasoning_effort",
    "thinking",
    "max_tokens",
    "max_completion_tokens",
    "stop",
    "n",
    "safety_identifier"};

// `user` came first; both of them say who the end user is.
Result<void> read_user(const JsonValue& root, const Place& place, ChatBuilder& builder) {
    const JsonValue newer = root["safety_identifier"];
    const JsonText user = AIHUB_TRY(optional_of(JsonKind::string, newer, place.member("safety_identifier")));
    if (builder.request.user.empty()) {
        builder.request.user = user;
    } else if (!user.empty()) {
        builder.add_foreign_field("safety_identifier", user);
    }
    return {};
}

Result<void> read_tools(const JsonValue& root, const Place& place, ChatBuilder& builder) {
    AIHUB_CHECK(read_openai_tools(root["tools"], place.member("tools"), builder));
    AIHUB_CHECK(read_openai_tools(root["functions"], place.member("functions"), builder));
    AIHUB_CHECK(read_openai_tool_choice(root["tool_choice"], place.member("tool_choice"), builder));
    builder.request.tool_choice.parallel =
        AIHUB_TRY(optional_of(JsonKind::boolean, root["parallel_tool_calls"], place.member("parallel_tool_calls")));
    const JsonValue legacy = root["function_call"];
    if (!legacy.is(JsonKind::object)) {
        return read_openai_tool_choice(legacy, place.member("function_call"), builder);
    }
    builder.request.tool_choice.mode = sdk::ToolMode::tool;
    builder.request.tool_choice.name =
        AIHUB_TRY(required_of(JsonKind::string, legacy["name"], place.member("function_call").member("name")));
    return {};
}

Result<void> read_limits(const JsonValue& root, const Place& place, ChatBuilder& builder) {
    auto& request = builder.request;
    const JsonText older = AIHUB_TRY(optional_count(root["max_tokens"], place.member("max_tokens")));
    const JsonValue limit = root["max_completion_tokens"];
    const JsonText newer = AIHUB_TRY(optional_count(limit, place.member("max_completion_tokens")));
    request.max_output_tokens = newer.empty() ? older : newer;
    request.choices = AIHUB_TRY(optional_count(root["n"], place.member("n")));
    return read_openai_stop(root["stop"], place.member("stop"), builder);
}

Result<void> read_reasoning(const JsonValue& root, const Place& place, sdk::ChatReasoning& into) {
    const JsonValue effort = root["reasoning_effort"];
    into.effort = AIHUB_TRY(optional_of(JsonKind::string, effort, place.member("reasoning_effort")));
    return read_thinking(root["thinking"], place.member("thinking"), into);
}

}  // namespace

Result<void> read_openai_chat(const JsonValue& root, ChatBuilder& builder) {
    const Place place;
    for (const JsonValue member : root) {
        const std::string name = member.key();
        const bool wish = AIHUB_TRY(take_wish(kWishes, name, member, place, builder.request));
        const bool stores_nothing = name == "store" && member.raw() == "false";
        if (!wish && says_something(member) && !stores_nothing && !one_of(kRead, name)) {
            builder.add_foreign_field(name, member.raw());
        }
    }
    AIHUB_CHECK(read_openai_messages(root["messages"], place.member("messages"), builder));
    AIHUB_CHECK(read_user(root, place, builder));
    AIHUB_CHECK(read_tools(root, place, builder));
    AIHUB_CHECK(read_limits(root, place, builder));
    AIHUB_CHECK(read_reasoning(root, place, builder.request.reasoning));
    const Place at_format = place.member("response_format");
    return read_openai_response_format(root["response_format"], at_format, builder.request.response_format);
}

}  // namespace aihub::dialect
