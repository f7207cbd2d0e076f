#include "chat_body.hpp"

#include "chat_messages.hpp"
#include "chat_thinking.hpp"
#include "chat_tools.hpp"
#include "model_ways.hpp"

#include <aihub/chat_read.hpp>
#include <aihub/json_write.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <unordered_set>
#include <utility>

namespace aihub::provider_anthropic {
namespace {

using sdk::ChatRequest;
using sdk::JsonText;
using sdk::ResponseKind;

constexpr std::string_view kAnswerInJson =
    "Answer with one JSON object and nothing else: no words around it and no code fence.";
constexpr std::string_view kAnswerInSchema =
    "Answer with one JSON value that is valid against this JSON schema and nothing else, no words around it and no "
    "code "
    "fence: ";

// What is made of fields that have a place of their own.
constexpr std::array<std::string_view, 16> kOwnMembers = {
    "model",
    "anthropic_version",
    "max_tokens",
    "system",
    "tools",
    "tool_choice",
    "messages",
    "thinking",
    "output_config",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "metadata",
    "service_tier",
    "stream"};

std::string instruction_of(const sdk::ResponseFormat& format, const ModelWays& ways) {
    if (format.kind == ResponseKind::json) {
        return std::string(kAnswerInJson);
    }
    const bool words = format.kind == ResponseKind::json_schema && ways.structured_output == StructuredOutput::off;
    return words ? std::string(kAnswerInSchema) + std::string(format.schema) : std::string();
}

bool wants_native_schema(const ChatRequest& chat, const ModelWays& ways) {
    return chat.response_format.kind == ResponseKind::json_schema && !chat.response_format.schema.empty() &&
           ways.structured_output == StructuredOutput::native;
}

// A name that no tool of the client has.
std::string answer_tool_of(const ChatRequest& chat, const ModelWays& ways) {
    const bool wanted =
        chat.response_format.kind == ResponseKind::json_schema && ways.structured_output == StructuredOutput::tool;
    std::string name = wanted ? "final_answer" : "";
    std::unordered_set<std::string> taken;
    for (const sdk::ChatTool& tool : chat.tools) {
        if (wanted) {
            taken.insert(plain(tool.name));
        }
    }
    while (taken.contains(name)) {
        name += '_';
    }
    return name;
}

// Each name with the values that say nothing: leaving them out changes nothing.
void name_unknown_fields(const ChatRequest& chat, Dropped& dropped) {
    struct Field {
        std::string_view name;
        JsonText value;
        std::array<std::string_view, 2> harmless;
    };
    const Field fields[] = {
        {"seed", chat.seed, {}},
        {"choices", chat.choices, {"1"}},
        {"presence_penalty", chat.presence_penalty, {"0", "0.0"}},
        {"frequency_penalty", chat.frequency_penalty, {"0", "0.0"}},
        {"logprobs", chat.logprobs, {"false"}},
        {"top_logprobs", chat.top_logprobs, {"0"}},
        {"logit_bias", chat.logit_bias, {"{}"}},
        {"modalities", chat.modalities, {"[\"text\"]"}},
        {"verbosity", chat.verbosity, {"\"medium\""}},
        {"metadata", chat.metadata, {"{}"}},
        {"prompt_cache_key", chat.prompt_cache_key, {}},
        {"reasoning.summary", chat.reasoning.summary, {"\"auto\"", "true"}},
        {"response_format.description",
         chat.response_format.kind == ResponseKind::json_schema ? chat.response_format.description : JsonText(),
         {}}};
    for (const Field& field : fields) {
        if (!field.value.empty() && std::ranges::find(field.harmless, field.value) == field.harmless.end()) {
            dropped.add(field.name);
        }
    }
}

class Writer {
public:
    Writer(const ChatRequest& chat, const ModelWays& ways, Dropped& dropped, sdk::JsonWriter& json)
        : chat_(chat), ways_(ways), dropped_(dropped), json_(json) {}

    void write_sampling(bool taken) {
        const bool warm = !chat_.temperature.empty();
        if (!taken) {
            const bool changes = (warm && !is_number(chat_.temperature, 1));
            leave_out("temperature", changes);
            leave_out("top_p", !chat_.top_p.empty() && !is_number(chat_.top_p, 1));
            leave_out("top_k", !chat_.top_k.empty());
            return;
        }
        if (warm) {
            write_temperature();
        }
        // Newer models refuse the two together.
        const bool both = !warm || ways_.temperature_and_top_p;
        if (!chat_.top_p.empty() && both) {
            json_.key("top_p").raw(chat_.top_p);
        }
        leave_out("top_p", !chat_.top_p.empty() && !both && !is_number(chat_.top_p, 1));
        if (!chat_.top_k.empty()) {
            json_.key("top_k").raw(chat_.top_k);
        }
    }

    void write_stop() {
        const auto read = sdk::JsonDocument::parse(chat_.stop.empty() ? "[]" : chat_.stop);
        std::vector<std::string_view> sent;
        for (const sdk::JsonValue one : read ? read->root() : sdk::JsonValue{}) {
            if (!is_blank(one.raw())) {
                sent.push_back(one.raw());
            }
        }
        leave_out("stop", read && sent.size() != read->root().size());
        if (sent.empty()) {
            return;
        }
        json_.key("stop_sequences").begin_array();
        for (const std::string_view one : sent) {
            json_.raw(one);
        }
        json_.end_array();
    }

    void write_output_config(const Thinking& thinking) {
        const bool schema = wants_native_schema(chat_, ways_);
        if (!schema && thinking.effort.empty()) {
            return;
        }
        json_.key("output_config").begin_object();
        if (!thinking.effort.empty()) {
            json_.key("effort").raw(thinking.effort);
        }
        if (schema) {
            json_.key("format").begin_object().field("type", "json_schema");
            json_.key("schema").raw(chat_.response_format.schema).end_object();
        }
        json_.end_object();
    }

    // "auto" is the same word here; what others call the usual tier is the one without priority.
    void write_service_tier() {
        const std::string tier = plain(chat_.service_tier);
        if (tier == "auto" || tier == "standard_only") {
            json_.field("service_tier", tier);
        } else if (tier == "default") {
            json_.field("service_tier", "standard_only");
        }
        leave_out("service_tier", tier == "flex" || tier == "priority" || tier == "scale");
    }

    void write_provider_fields() {
        for (const sdk::ProviderField& field : chat_.provider_fields) {
            const std::string name = plain(field.name);
            const bool ours = is_own(field.origin) && name.find('.') == std::string::npos;
            if (ours && std::ranges::find(kOwnMembers, name) == kOwnMembers.end()) {
                json_.key(name).raw(field.value);
                continue;
            }
            dropped_.add(name);
        }
    }

private:
    void leave_out(std::string_view name, bool is_loss) {
        if (is_loss) {
            dropped_.add(name);
        }
    }

    void write_temperature() {
        double value = 0;
        const JsonText text = chat_.temperature;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool hot = read.ec == std::errc{} && value > 1;
        json_.key("temperature").raw(hot ? "1" : text);
        leave_out("temperature", hot);
    }

    const ChatRequest& chat_;
    const ModelWays& ways_;
    Dropped& dropped_;
    sdk::JsonWriter& json_;
};

void write_head(sdk::JsonWriter& json, const sdk::Request& request, const Settings& settings) {
    json.begin_object();
    if (!settings.model_in_path(request)) {
        json.field("model", request.model());
    }
    if (settings.version_in_body) {
        json.field("anthropic_version", settings.version_of_body());
    }
}

}  // namespace

Result<ChatBody> chat_body(const sdk::Request& request, const Settings& settings, Dropped& dropped) {
    const ChatRequest chat = AIHUB_TRY(sdk::read_chat(request.body()));
    const auto ways = ModelWays::of(request.model(), chat.model_facts, settings);
    ChatBody made;
    made.answer_tool = answer_tool_of(chat, ways);
    ChatTools tools(chat, made.names, dropped, made.answer_tool);
    const Thinking thinking = plan_thinking(chat, settings, ways, tools.forced(), dropped);
    const std::string instruction = instruction_of(chat.response_format, ways);
    if (!instruction.empty()) {
        dropped.add("response_format");
    }
    sdk::JsonWriter json;
    Writer writer(chat, ways, dropped, json);
    write_head(json, request, settings);
    json.key("max_tokens").raw(thinking.max_tokens);
    ChatMessages messages(json, made.names, dropped);
    messages.write_system(chat, instruction);
    tools.write(json);
    AIHUB_CHECK(messages.write_messages(chat, ways.prefill));
    if (!thinking.member.empty()) {
        json.key("thinking").raw(thinking.member);
    }
    writer.write_output_config(thinking);
    writer.write_sampling(!thinking.on && ways.sampling);
    writer.write_stop();
    if (!is_blank(chat.user)) {
        json.key("metadata").begin_object().key("user_id").raw(chat.user).end_object();
    }
    writer.write_service_tier();
    writer.write_provider_fields();
    if (request.stream()) {
        json.field("stream", true);
    }
    json.end_object();
    name_unknown_fields(chat, dropped);
    made.json = std::move(json).text();
    return made;
}

}  // namespace aihub::provider_anthropic
