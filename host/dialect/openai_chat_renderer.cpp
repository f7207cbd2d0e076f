#include "dialect/openai_chat_renderer.hpp"

#include "base/json_text.hpp"
#include "dialect/answer_parts.hpp"
#include "dialect/json_pieces.hpp"
#include "dialect/openai_chat_parts.hpp"

#include <algorithm>
#include <utility>

namespace aihub::dialect {

namespace {

using capability::Event;
using capability::EventKind;

constexpr std::string_view kPrefix = "chatcmpl-";

void append_head(std::string& out, const AnswerTraits& traits, std::string_view id, std::string_view object) {
    out += "{\"id\":";
    append_json_string(out, id);
    out += ",\"object\":\"";
    out += object;
    out += "\",\"created\":" + std::to_string(traits.created) + ",\"model\":";
    append_json_string(out, traits.model);
    out += ",\"choices\":[";
}

class ChatStream final : public Renderer {
public:
    explicit ChatStream(AnswerTraits traits)
        : traits_(std::move(traits)), id_(answer_id(kPrefix, {}, traits_.id, true)) {
        make_head();
    }

    void event(const Event& event, std::string& out) override {
        if (event.kind == EventKind::model) {
            traits_.model = event.text;
            make_head();
            return;
        }
        if (event.kind == EventKind::id) {
            if (begun_.empty()) {
                id_ = answer_id(kPrefix, event.text, traits_.id, true);
                make_head();
            }
            return;
        }
        const auto place = answer_.add(event);
        if (place.choice == nullptr) {
            return;
        }
        if (event.kind == EventKind::finish) {
            end_choice(*place.choice, out);
        } else if (place.part != nullptr) {
            write(event, *place.choice, *place.part, out);
        } else if (event.kind == EventKind::text && !has_begun(event.choice)) {
            begin(*place.choice, out);
            field("\"content\":\"\"", out);
            end(*place.choice, {}, out);
        }
    }

    void finish(const model::Usage& usage, std::string& out) override {
        // Exactly one finish reason for each choice, whatever the provider said: agents wait for it.
        if (answer_.choices().empty()) {
            auto& choice = answer_.choice(0);
            begin(choice, out);
            field("\"content\":\"\"", out);
            end(choice, {}, out);
        }
        for (auto& choice : answer_.choices()) {
            end_choice(choice, out);
        }
        if (traits_.include_usage) {
            out += head_;
            out += "],\"usage\":";
            append_chat_usage(out, usage);
            out += "}\n\n";
        }
        out += "data: [DONE]\n\n";
    }

private:
    void make_head() {
        head_ = "data: ";
        append_head(head_, traits_, id_, "chat.completion.chunk");
    }

    [[nodiscard]] bool has_begun(std::uint32_t choice) const {
        return std::find(begun_.begin(), begun_.end(), choice) != begun_.end();
    }

    void begin(const AnswerChoice& choice, std::string& out) {
        out += head_;
        out += "{\"index\":";
        append_number(out, choice.index);
        out += ",\"delta\":{";
        first_field_ = true;
        if (!has_begun(choice.index)) {
            begun_.push_back(choice.index);
            field("\"role\":\"assistant\"", out);
        }
    }
    void field(std::string_view text, std::string& out) {
        if (!first_field_) {
            out += ',';
        }
        first_field_ = false;
        out += text;
    }
    void end(AnswerChoice& choice, std::string_view finish, std::string& out, std::string_view logprobs = {}) {
        out += '}';
        if (!logprobs.empty()) {
            out += ",\"logprobs\":{\"content\":[";
            out += logprobs;
            out += "],\"refusal\":null}";
        }
        out += ",\"finish_reason\":";
        if (finish.empty()) {
            out += "null";
        } else {
            out.append("\"").append(finish).append("\"");
            ended_.push_back(choice.index);
        }
        out += traits_.include_usage ? "}],\"usage\":null}\n\n" : "}]}\n\n";
    }

    void write(const Event& event, AnswerChoice& choice, AnswerPart& part, std::string& out) {
        if (event.kind == EventKind::signature) {
            write_signature(choice, part, out);
            return;
        }
        if (event.kind == EventKind::citation) {
            begin(choice, out);
            field("\"annotations\":[", out);
            append_annotation(out, event.text);
            out += ']';
            end(choice, {}, out);
            return;
        }
        switch (part.kind) {
            case PartKind::tool:
                if (event.kind == EventKind::tool_begin) {
                    write_tool(choice, part, out);
                } else {
                    write_arguments(choice, part, false, out);
                }
                return;
            case PartKind::redacted:
                write_thinking_block(choice, part, out);
                return;
            case PartKind::media:
                write_media(choice, part, out);
                return;
            default:
                write_words(choice, part, false, out);
        }
    }

    void write_words(AnswerChoice& choice, AnswerPart& part, bool last, std::string& out) {
        const auto text = part.unwritten_text(last);
        if (text.empty() && part.logprobs_written == part.logprobs.size()) {
            return;
        }
        begin(choice, out);
        field(
            part.kind == PartKind::reasoning ? "\"reasoning_content\":"
            : part.kind == PartKind::refusal ? "\"refusal\":"
                                             : "\"content\":",
            out
        );
        append_json_string(out, text);
        end(choice, {}, out, part.take_logprobs());
        // A signature comes behind the words that it is for, and goes out with them.
        part.text_was_written(text.size(), part.kind == PartKind::reasoning);
    }

    void write_tool(AnswerChoice& choice, const AnswerPart& part, std::string& out) {
        begin(choice, out);
        begin_tool(part, out);
        out += ",\"id\":";
        append_json_string(out, part.id.empty() ? "call_" + traits_.id + std::to_string(part.number) : part.id);
        out += ",\"type\":\"function\",\"function\":{\"name\":";
        append_json_string(out, part.name);
        out += ",\"arguments\":\"\"}}]";
        end(choice, {}, out);
    }
    void write_arguments(AnswerChoice& choice, AnswerPart& part, bool last, std::string& out) {
        const auto text = part.unwritten_text(last);
        if (text.empty()) {
            return;
        }
        begin(choice, out);
        begin_tool(part, out);
        out += ",\"function\":{\"arguments\":";
        append_json_string(out, text);
        out += "}}]";
        end(choice, {}, out);
        part.text_was_written(text.size(), false);
    }
    void begin_tool(const AnswerPart& part, std::string& out) {
        field("\"tool_calls\":[{\"index\":", out);
        append_number(out, part.number);
    }

    void write_signature(AnswerChoice& choice, const AnswerPart& part, std::string& out) {
        if (part.kind == PartKind::reasoning) {
            write_thinking_block(choice, part, out);
            return;
        }
        begin(choice, out);
        if (part.kind == PartKind::tool) {
            begin_tool(part, out);
            out += ",\"extra_content\":";
            append_extra_content(out, part.signature);
            out += "}]";
        } else {
            field("\"extra_content\":", out);
            append_extra_content(out, part.signature);
        }
        end(choice, {}, out);
    }
    void write_thinking_block(AnswerChoice& choice, const AnswerPart& part, std::string& out) {
        begin(choice, out);
        field("\"thinking_blocks\":[", out);
        append_thinking_block(out, part);
        out += ']';
        end(choice, {}, out);
    }
    void write_media(AnswerChoice& choice, AnswerPart& part, std::string& out) {
        begin(choice, out);
        if (is_image(part)) {
            field("\"images\":[", out);
            const auto images = std::count_if(choice.parts.begin(), choice.parts.end(), is_image);
            append_image(out, part, static_cast<std::uint64_t>(images - 1));
            out += ']';
        } else {
            field("\"audio\":", out);
            append_audio(out, part, traits_.id, traits_.created);
        }
        end(choice, {}, out);
        part.text = std::string();
    }

    void end_choice(AnswerChoice& choice, std::string& out) {
        for (auto& part : choice.parts) {
            if (part.kind == PartKind::tool) {
                if (!part.arguments.begun()) {
                    part.arguments.add("{}");
                    part.text += "{}";
                }
                write_arguments(choice, part, true, out);
            } else if (part.kind != PartKind::redacted && part.kind != PartKind::media) {
                write_words(choice, part, true, out);
            }
        }
        if (std::find(ended_.begin(), ended_.end(), choice.index) == ended_.end()) {
            begin(choice, out);
            end(choice, chat_finish(choice), out, std::exchange(choice.logprobs, {}));
        }
    }

    AnswerTraits traits_;
    std::string id_;
    std::string head_;  // of every chunk, up to its choices
    Answer answer_;
    std::vector<std::uint32_t> begun_;  // choices that had their first chunk
    std::vector<std::uint32_t> ended_;  // choices that had their finish reason
    bool first_field_ = true;
};

class ChatWhole final : public Renderer {
public:
    explicit ChatWhole(AnswerTraits traits) : traits_(std::move(traits)) {}

    void event(const Event& event, std::string&) override {
        if (event.kind == EventKind::model) {
            traits_.model = event.text;
        } else if (event.kind == EventKind::id) {
            upstream_id_ = event.text;
        } else {
            answer_.add(event);
        }
    }

    void finish(const model::Usage& usage, std::string& out) override {
        if (answer_.choices().empty()) {
            answer_.choice(0).has_text = true;
        }
        append_head(out, traits_, answer_id(kPrefix, upstream_id_, traits_.id, true), "chat.completion");
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
            append_json_string(out, part.id.empty() ? "call_" + traits_.id + std::to_string(part.number) : part.id);
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

    AnswerTraits traits_;
    std::string upstream_id_;
    Answer answer_;
};

}  // namespace

std::unique_ptr<Renderer> make_openai_chat_renderer(AnswerTraits traits) {
    if (traits.stream) {
        return std::make_unique<ChatStream>(std::move(traits));
    }
    return std::make_unique<ChatWhole>(std::move(traits));
}

}  // namespace aihub::dialect
