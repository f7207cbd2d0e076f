#include "dialect/client_names.hpp"

#include "dialect/gemini_member.hpp"
#include "dialect/request_check.hpp"

#include <algorithm>
#include <optional>

namespace aihub::dialect {

namespace {

using Members = std::span<const capability::JsonMember>;

// Names that stand for one member of the canonical form are neighbours; the first of them is the usual one.
struct Naming {
    std::string_view canonical;
    std::string_view client;
};

constexpr Naming kChatNames[] = {
    {"max_output_tokens", "max_completion_tokens"},
    {"max_output_tokens", "max_tokens"},
    {"choices", "n"},
    {"reasoning", "reasoning_effort"},
    {"reasoning", "thinking"},
    {"reasoning.effort", "reasoning_effort"},
    {"reasoning.budget_tokens", "thinking.budget_tokens"},
    {"reasoning.summary", "thinking.display"},
    {"user", "safety_identifier"},
    {"parallel", "parallel_tool_calls"},
    {"tool_choice.parallel", "parallel_tool_calls"},
    {"tool_choice", "function_call"},
    {"tools", "functions"},
    {"instructions", "messages"},
};

constexpr Naming kResponsesNames[] = {
    {"response_format", "text.format"},
    {"verbosity", "text.verbosity"},
    {"logprobs", "top_logprobs"},
    {"logprobs", "include"},
    {"reasoning.summary", "reasoning.generate_summary"},
    {"user", "safety_identifier"},
    {"parallel", "parallel_tool_calls"},
    {"tool_choice.parallel", "parallel_tool_calls"},
    {"messages.*", "input."},
};

constexpr Naming kAnthropicNames[] = {
    {"max_output_tokens", "max_tokens"},
    {"stop", "stop_sequences"},
    {"response_format", "output_config.format"},
    {"response_format", "output_format"},
    {"reasoning", "thinking"},
    {"reasoning", "output_config.effort"},
    {"reasoning.effort", "output_config.effort"},
    {"reasoning.budget_tokens", "thinking.budget_tokens"},
    {"reasoning.summary", "thinking.display"},
    {"user", "metadata.user_id"},
    {"parallel", "tool_choice.disable_parallel_tool_use"},
    {"tool_choice.parallel", "tool_choice.disable_parallel_tool_use"},
    {"instructions", "system"},
    {"messages.reasoning", "messages.thinking"},
};

constexpr Naming kGeminiNames[] = {
    {"temperature", "generationConfig.temperature"},
    {"top_p", "generationConfig.topP"},
    {"top_k", "generationConfig.topK"},
    {"seed", "generationConfig.seed"},
    {"presence_penalty", "generationConfig.presencePenalty"},
    {"frequency_penalty", "generationConfig.frequencyPenalty"},
    {"logprobs", "generationConfig.responseLogprobs"},
    {"top_logprobs", "generationConfig.logprobs"},
    {"max_output_tokens", "generationConfig.maxOutputTokens"},
    {"choices", "generationConfig.candidateCount"},
    {"stop", "generationConfig.stopSequences"},
    {"modalities", "generationConfig.responseModalities"},
    {"response_format", "generationConfig.responseJsonSchema"},
    {"response_format", "generationConfig._responseJsonSchema"},
    {"response_format", "generationConfig.responseSchema"},
    {"response_format", "generationConfig.responseMimeType"},
    {"reasoning", "generationConfig.thinkingConfig"},
    {"reasoning.effort", "generationConfig.thinkingConfig.thinkingLevel"},
    {"reasoning.budget_tokens", "generationConfig.thinkingConfig.thinkingBudget"},
    {"reasoning.summary", "generationConfig.thinkingConfig.includeThoughts"},
    {"tool_choice", "toolConfig.functionCallingConfig"},
    {"instructions", "systemInstruction"},
    {"signature", "thoughtSignature"},
    {"messages.reasoning", "contents.thought"},
    {"messages.tool_call", "contents.functionCall"},
    {"messages.tool_result", "contents.functionResponse"},
    {"messages.*", "contents."},
};

constexpr Naming kEmbedNames[] = {
    {"dimensions", "outputDimensionality"},
    {"task_type", "taskType"},
};

constexpr Naming kBatchEmbedNames[] = {
    {"dimensions", "requests.outputDimensionality"},
    {"task_type", "requests.taskType"},
    {"title", "requests.title"},
};

std::span<const Naming> names_of(Format format) {
    switch (format) {
        case Format::openai_chat:
            return kChatNames;
        case Format::openai_responses:
            return kResponsesNames;
        case Format::anthropic_messages:
            return kAnthropicNames;
        case Format::gemini_generate:
            return kGeminiNames;
        case Format::gemini_embed:
            return kEmbedNames;
        case Format::gemini_batch_embed:
            return kBatchEmbedNames;
        case Format::openai_embeddings:
            break;
    }
    return {};
}

// The body, as far as a path leads into it. Clients of Gemini's have two spellings.
class Body {
public:
    Body(Format format, Members members)
        : two_spellings_(
              format == Format::gemini_generate || format == Format::gemini_embed ||
              format == Format::gemini_batch_embed
          ),
          members_(members) {}

    // The path as the client spells it; nothing: it leads nowhere.
    [[nodiscard]] std::optional<std::string> spelled(std::string_view path) const {
        const auto first = path.substr(0, path.find('.'));
        const auto found = std::find_if(members_.begin(), members_.end(), [&](const capability::JsonMember& member) {
            return is_called(member.name, first) && member.value != "null";
        });
        if (found == members_.end()) {
            return std::nullopt;
        }
        std::string said(found->name);
        if (first.size() == path.size()) {
            return said;
        }
        const auto document = sdk::JsonDocument::parse(found->value);
        if (!document || !follow(document->root(), path.substr(first.size() + 1), said)) {
            return std::nullopt;
        }
        return said;
    }

private:
    [[nodiscard]] bool is_called(std::string_view said, std::string_view name) const {
        return said == name || (two_spellings_ && camel_case(said) == name);
    }

    [[nodiscard]] bool follow(JsonValue value, std::string_view path, std::string& said) const {
        while (!path.empty()) {
            const auto segment = path.substr(0, path.find('.'));
            path.remove_prefix(std::min(segment.size() + 1, path.size()));
            const JsonValue next = member_of(value, segment);
            if (!given(next)) {
                return false;
            }
            said.append(".").append(next.key());
            value = next;
        }
        return true;
    }

    [[nodiscard]] JsonValue member_of(const JsonValue& value, std::string_view name) const {
        return two_spellings_ ? gemini_member(value, name) : value[name];
    }

    bool two_spellings_;
    Members members_;
};

}  // namespace

std::string client_name(Format format, std::string_view name, Members members) {
    const Body body(format, members);
    if (auto same = body.spelled(name)) {
        return *std::move(same);
    }
    std::string usual;
    for (const Naming& naming : names_of(format)) {
        if (naming.canonical.ends_with('*')) {
            const auto beginning = naming.canonical.substr(0, naming.canonical.size() - 1);
            if (usual.empty() && name.starts_with(beginning)) {
                usual.append(naming.client).append(name.substr(beginning.size()));
            }
            continue;
        }
        if (naming.canonical != name) {
            continue;
        }
        if (auto there = body.spelled(naming.client)) {
            return *std::move(there);
        }
        usual = usual.empty() ? naming.client : usual;
    }
    return usual.empty() ? std::string(name) : usual;
}

}  // namespace aihub::dialect
