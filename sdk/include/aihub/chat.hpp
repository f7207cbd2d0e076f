// The canonical form of a chat request: what a client wants, in no vendor's words. docs/canonical-form.md shows the
// JSON.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::sdk {

// One JSON value as it was written: a string with its quotes and escapes, a number with its digits. Empty: there is
// none. So nothing is lost on the way from one format to another, and little is copied.
using JsonText = std::string_view;

enum class BlockKind {
    text,
    refusal,    // the words with which the model refused
    reasoning,  // what the model thought
    image,
    audio,
    video,
    document,
    tool_call,
    tool_result,
    provider,  // something that only one format knows: `value`, of the format `origin`
};

// A piece of a message. Which fields are set depends on its kind; all are optional but those that the kind is about.
struct ChatBlock {
    BlockKind kind = BlockKind::text;
    JsonText text;       // text, refusal, reasoning; document: a plain text. A string.
    JsonText signature;  // text, reasoning, tool_call: a string that the provider wants back with the block
    JsonText redacted;   // reasoning that only the provider can read: a string, in place of `text`
    // image, audio, video, document: one of text, data, url, file_id says where it is.
    JsonText media_type;  // a string: "image/png"
    JsonText data;        // a string: base64
    JsonText url;         // a string
    JsonText file_id;     // a string: of a file stored at the provider
    JsonText title;       // a string: name of the file or title of the document
    JsonText detail;      // a string: low, high, auto
    // tool_call, tool_result.
    JsonText id;                     // a string: of the call; of a result: of the call that it answers
    JsonText name;                   // a string: the function; of a result it may be missing
    JsonText arguments;              // tool_call: an object
    std::vector<ChatBlock> content;  // tool_result: text, image and document
    bool is_error = false;           // tool_result
    JsonText cache_control;          // an object: {"type":"ephemeral","ttl":"5m"}
    JsonText citations;              // text: an array, of the format `origin`; document: an object
    // provider; reasoning: whose signature it is, where that is known.
    JsonText origin;  // a string: the format that it comes from, "anthropic.messages"
    JsonText value;   // the block in that format
};

enum class ChatRole { user, assistant };

// Roles alternate: what came from one side in several messages is one message. Results of tools stand in messages of
// the user, in front of everything else in them.
struct ChatMessage {
    ChatRole role = ChatRole::user;
    JsonText name;  // a string: who of several speaks
    std::vector<ChatBlock> content;
};

// A function that the model may call; or, when `value` is set, a tool of the provider's own in the format `origin`.
struct ChatTool {
    JsonText name;           // a string
    JsonText description;    // a string
    JsonText parameters;     // an object: JSON Schema; missing: the function takes none
    JsonText strict;         // a boolean
    JsonText cache_control;  // an object
    JsonText origin;
    JsonText value;
};

enum class ToolMode { unset, automatic, required, none, tool };

struct ToolChoice {
    ToolMode mode = ToolMode::unset;  // required: any of them; tool: the one called `name`
    JsonText name;
    std::vector<JsonText> allowed;  // strings; empty: all
    JsonText parallel;              // a boolean: whether one answer may call several
};

enum class ResponseKind { unset, text, json, json_schema };

struct ResponseFormat {
    ResponseKind kind = ResponseKind::unset;
    JsonText name;         // a string
    JsonText description;  // a string
    JsonText schema;       // an object
    JsonText strict;       // a boolean
};

enum class ReasoningMode { unset, off, on, adaptive };

struct ChatReasoning {
    ReasoningMode mode = ReasoningMode::unset;
    JsonText effort;         // a string: none, minimal, low, medium, high, xhigh, max
    JsonText budget_tokens;  // a number
    JsonText summary;        // a string: auto, concise, detailed; or a boolean: whether to show the thoughts
};

// A member of the client's body that has no place above.
struct ProviderField {
    JsonText origin;  // a string: the format
    JsonText name;    // a string: the member, "logit_bias"; of a nested one with dots: "generationConfig.x"
    JsonText value;
};

// What is known of the model that is asked. Nothing of it is known of a model that the host's table does not hold.
struct ModelFacts {
    JsonText context_tokens;      // a number: what the request and the answer have together at most
    JsonText output_tokens_max;   // a number: of an answer
    JsonText reasoning;           // a string: what its thinking is set with: effort, budget, adaptive, level
    std::vector<JsonText> flags;  // strings: "tools", "no_sampling"; docs/models.md has all

    [[nodiscard]] bool has_flag(std::string_view flag) const {
        return std::any_of(flags.begin(), flags.end(), [flag](JsonText quoted) {
            return quoted.size() == flag.size() + 2 && quoted.substr(1, flag.size()) == flag;
        });
    }
};

// The views point into the text it was read from, which must live longer, or into what keep() holds.
struct ChatRequest {
    std::vector<ChatBlock> instructions;  // text: what the system and the developer say, in order
    std::vector<ChatMessage> messages;
    std::vector<ChatTool> tools;
    ToolChoice tool_choice;
    ResponseFormat response_format;
    ChatReasoning reasoning;
    JsonText max_output_tokens;  // a number; missing: the client said nothing
    JsonText temperature;        // a number, 0 to 2
    JsonText top_p;              // a number
    JsonText top_k;              // a number
    JsonText stop;               // an array of strings, not empty
    JsonText seed;               // a number
    JsonText choices;            // a number: how many answers
    JsonText presence_penalty;   // a number
    JsonText frequency_penalty;  // a number
    JsonText logprobs;           // a boolean
    JsonText top_logprobs;       // a number
    JsonText logit_bias;         // an object
    JsonText modalities;         // an array of strings: text, image, audio
    JsonText verbosity;          // a string: low, medium, high
    JsonText user;               // a string: the end user, for the provider's abuse control
    JsonText metadata;           // an object
    JsonText service_tier;       // a string
    JsonText prompt_cache_key;   // a string
    std::vector<ProviderField> provider_fields;
    ModelFacts model_facts;  // from the host, not from the client

    // Holds a text that was made on the way, and gives its view.
    JsonText keep(std::string text) { return made_.emplace_back(std::move(text)); }

    ChatRequest() = default;
    ChatRequest(ChatRequest&&) = default;
    ChatRequest& operator=(ChatRequest&&) = default;
    ChatRequest(const ChatRequest&) = delete;
    ChatRequest& operator=(const ChatRequest&) = delete;
    ~ChatRequest() = default;

private:
    std::deque<std::string> made_;  // a deque does not move what it holds
};

}  // namespace aihub::sdk
