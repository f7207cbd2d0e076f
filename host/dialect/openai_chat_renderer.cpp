#include "dialect/openai_chat_renderer.hpp"

#include "base/json_text.hpp"
#include "dialect/answer_parts.hpp"
#include "dialect/json_pieces.hpp"
#include "dialect/openai_chat_parts.hpp"
#include "dialect/openai_chat_whole.hpp"

#include <algorithm>
#include <utility>

namespace aihub::dialect {

namespace {

using capability::Event;
using capability::EventKind;

class ChatStream final : public Renderer {
public:
    explicit ChatStream(AnswerTraits traits)
        : traits_(std::move(traits)), id_(answer_id(kChatIdPrefix, {}, traits_.id, true)) {
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
                id_ = answer_id(kChatIdPrefix, event.text, traits_.id, true);
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
            place.choice->count(*place.part);
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

    [[nodiscard]] std::size_t held() const override { return answer_.held(); }

private:
    void make_head() {
        head_ = "data: ";
        append_chat_head(head_, traits_, id_, "chat.completion.chunk");
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
            part.drop_citation(part.citations.size() - 1);
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
                part.text = std::string();
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
        part.logprobs.clear();
        part.logprobs_written = 0;
        // A signature comes behind the words that it is for, and goes out with them.
        part.text_was_written(text.size(), part.kind == PartKind::reasoning);
    }

    void write_tool(AnswerChoice& choice, const AnswerPart& part, std::string& out) {
        begin(choice, out);
        begin_tool(part, out);
        out += ",\"id\":";
        append_json_string(out, call_id(traits_, part));
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
            // SDKs refuse a piece of a call that has no function.
            begin_tool(part, out);
            out += ",\"function\":{\"arguments\":\"\"},\"extra_content\":";
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
            choice.count(part);
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

}  // namespace

std::unique_ptr<Renderer> make_openai_chat_renderer(AnswerTraits traits) {
    if (traits.stream) {
        return std::make_unique<ChatStream>(std::move(traits));
    }
    return make_openai_chat_whole(std::move(traits));
}

}  // namespace aihub::dialect
