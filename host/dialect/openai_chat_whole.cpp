#include "dialect/openai_chat_whole.hpp"

#include "base/json_text.hpp"
#include "dialect/answer_parts.hpp"
#include "dialect/json_pieces.hpp"
#include "dialect/openai_chat_parts.hpp"
#include "dialect/whole_renderer.hpp"

#include <algorithm>
#include <utility>

namespace aihub::dialect {

namespace {

class ChatWhole final : public WholeRenderer {
public:
    explicit ChatWhole(AnswerTraits traits) : WholeRenderer(std::move(traits)) {}

    void finish(const model::Usage& usage, std::string& out) override {
        if (answer_.choices().empty()) {
            answer_.choice(0).has_text = true;
        }
        append_chat_head(out, traits_, answer_id(kChatIdPrefix, upstream_id_, traits_.id, true), "chat.completion");
        bool first = true;
        for (const auto& choice : answer_.choices()) {
            out += first ? "" : ",";
            first = false;
            append_choice(out, choice);
        }
        out += "],\"usage\":";
        append_chat_usage(out, usage);
        out += '}';
    }

private:
    // `append` writes each part that is meant; nothing is written when there is none.
    template <class Meant, class Append>
    static void append_list(
        std::string& out, std::string_view name, const AnswerChoice& choice, Meant meant, Append append
    ) {
        bool any = false;
        for (const auto& part : choice.parts) {
            if (!meant(part)) {
                continue;
            }
            if (any) {
                out += ',';
            } else {
                out.append(",\"").append(name).append("\":[");
            }
            any = true;
            append(part);
        }
        out += any ? "]" : "";
    }

    static std::string joined(const AnswerChoice& choice, PartKind kind) {
        std::string text;
        for (const auto& part : choice.parts) {
            text += part.kind == kind ? std::string_view(part.text) : std::string_view();
        }
        return text;
    }

    void append_choice(std::string& out, const AnswerChoice& choice) const {
        out += "{\"index\":";
        append_number(out, choice.index);
        out += ",\"message\":{\"role\":\"assistant\",\"content\":";
        if (choice.has_text) {
            append_json_string(out, joined(choice, PartKind::text));
        } else {
            out += "null";
        }
        append_reasoning(out, choice);
        out += ",\"refusal\":";
        if (choice.refused) {
            append_json_string(out, joined(choice, PartKind::refusal));
        } else {
            out += "null";
        }
        append_tools(out, choice);
        append_extras(out, choice);
        out += "},\"logprobs\":";
        append_logprobs(out, choice);
        out.append(",\"finish_reason\":\"").append(chat_finish(choice)).append("\"}");
    }

    static void append_reasoning(std::string& out, const AnswerChoice& choice) {
        const auto reasoning = joined(choice, PartKind::reasoning);
        if (!reasoning.empty()) {
            out += ",\"reasoning_content\":";
            append_json_string(out, reasoning);
        }
        append_list(
            out,
            "thinking_blocks",
            choice,
            [](const AnswerPart& part) {
                const bool is_signed = part.kind == PartKind::reasoning && !part.signature.empty();
                return is_signed || part.kind == PartKind::redacted;
            },
            [&out](const AnswerPart& part) { append_thinking_block(out, part); }
        );
    }

    void append_tools(std::string& out, const AnswerChoice& choice) const {
        const auto append = [&](const AnswerPart& part) {
            out += "{\"id\":";
            append_json_string(out, call_id(traits_, part));
            out += ",\"type\":\"function\",\"function\":{\"name\":";
            append_json_string(out, part.name);
            out += ",\"arguments\":";
            append_json_string(out, part.arguments.begun() ? std::string_view(part.text) : "{}");
            out += '}';
            if (!part.signature.empty()) {
                out += ",\"extra_content\":";
                append_extra_content(out, part.signature);
            }
            out += '}';
        };
        append_list(
            out, "tool_calls", choice, [](const AnswerPart& part) { return part.kind == PartKind::tool; }, append
        );
    }

    void append_extras(std::string& out, const AnswerChoice& choice) const {
        append_list(
            out,
            "annotations",
            choice,
            [](const AnswerPart& part) { return !part.citations.empty(); },
            [&out](const AnswerPart& part) {
                for (std::size_t at = 0; at < part.citations.size(); ++at) {
                    out += at == 0 ? "" : ",";
                    append_annotation(out, part.citations[at]);
                }
            }
        );
        std::uint64_t images = 0;
        append_list(out, "images", choice, is_image, [&](const AnswerPart& part) {
            append_image(out, part, images++);
        });
        for (const auto& part : choice.parts) {
            if (part.kind == PartKind::media && !is_image(part)) {
                out += ",\"audio\":";
                append_audio(out, part, traits_.id, traits_.created);
                break;  // A message has one sound.
            }
        }
        const auto is_signed = [](const AnswerPart& part) {
            return part.kind == PartKind::text && !part.signature.empty();
        };
        const auto found = std::find_if(choice.parts.rbegin(), choice.parts.rend(), is_signed);
        if (found != choice.parts.rend()) {
            out += ",\"extra_content\":";
            append_extra_content(out, found->signature);
        }
    }

    static void append_logprobs(std::string& out, const AnswerChoice& choice) {
        std::string elements;
        const auto add = [&](std::string_view more) {
            elements += elements.empty() || more.empty() ? "" : ",";
            elements += more;
        };
        for (const auto& part : choice.parts) {
            add(part.logprobs);
        }
        add(choice.logprobs);
        out += elements.empty() ? "null" : "{\"content\":[" + elements + "],\"refusal\":null}";
    }
};

}  // namespace

std::unique_ptr<Renderer> make_openai_chat_whole(AnswerTraits traits) {
    return std::make_unique<ChatWhole>(std::move(traits));
}

}  // namespace aihub::dialect
