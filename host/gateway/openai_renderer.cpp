// The formats openai.chat and openai.embeddings, as public clients read them.
#include "base/json_text.hpp"
#include "gateway/renderer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <vector>

namespace aihub::gateway {

namespace {

using capability::Event;
using capability::EventKind;

struct Envelope {
    std::string id;
    std::string model;
    std::int64_t created = 0;
};

void append_number(std::string& out, std::uint64_t value) {
    out += std::to_string(value);
}

void append_usage(std::string& out, const model::Usage& usage) {
    const auto input = usage.input.value_or(0);
    const auto output = usage.output.value_or(0);
    out += "{\"prompt_tokens\":";
    append_number(out, input);
    out += ",\"completion_tokens\":";
    append_number(out, output);
    out += ",\"total_tokens\":";
    append_number(out, input + output);
    if (usage.cache_read) {
        out += ",\"prompt_tokens_details\":{\"cached_tokens\":";
        append_number(out, *usage.cache_read);
        out += "}";
    }
    if (usage.reasoning) {
        out += ",\"completion_tokens_details\":{\"reasoning_tokens\":";
        append_number(out, *usage.reasoning);
        out += "}";
    }
    out += "}";
}

void append_envelope(std::string& out, const Envelope& envelope, std::string_view object) {
    out += "{\"id\":";
    append_json_string(out, envelope.id);
    out += ",\"object\":\"";
    out += object;
    out += "\",\"created\":" + std::to_string(envelope.created) + ",\"model\":";
    append_json_string(out, envelope.model);
}

class ChatStream final : public Renderer {
public:
    ChatStream(Envelope envelope, bool include_usage) : envelope_(std::move(envelope)), include_usage_(include_usage) {}

    void event(const Event& event, Output& out) override {
        std::string delta;
        switch (event.kind) {
            case EventKind::model:
                envelope_.model = event.text;
                return;
            case EventKind::text:
                delta = "\"content\":";
                append_json_string(delta, event.text);
                break;
            case EventKind::reasoning:
                delta = "\"reasoning_content\":";
                append_json_string(delta, event.text);
                break;
            case EventKind::tool_begin:
                delta = "\"tool_calls\":[{\"index\":" + std::to_string(event.block) + ",\"id\":";
                append_json_string(delta, event.extra);
                delta += ",\"type\":\"function\",\"function\":{\"name\":";
                append_json_string(delta, event.text);
                delta += ",\"arguments\":\"\"}}]";
                break;
            case EventKind::tool_args:
                delta = "\"tool_calls\":[{\"index\":" + std::to_string(event.block) + ",\"function\":{\"arguments\":";
                append_json_string(delta, event.text);
                delta += "}}]";
                break;
            case EventKind::finish:
                if (finished_.insert(event.choice).second) {
                    chunk(event.choice, "", event.extra, out);
                }
                return;
            default:
                return;
        }
        chunk(event.choice, delta, "", out);
    }

    void finish(const model::Usage& usage, Output& out) override {
        // Exactly one finish reason for each choice, whatever the provider said: agents wait for it.
        if (begun_.empty()) {
            chunk(0, "", "", out);
        }
        for (const auto choice : std::vector(begun_)) {
            if (finished_.insert(choice).second) {
                chunk(choice, "", "stop", out);
            }
        }
        if (include_usage_) {
            std::string text = "data: ";
            append_envelope(text, envelope_, "chat.completion.chunk");
            text += ",\"choices\":[],\"usage\":";
            append_usage(text, usage);
            text += "}\n\n";
            out.add_text(text);
        }
        out.add_text("data: [DONE]\n\n");
    }

private:
    void chunk(std::uint32_t choice, const std::string& delta, std::string_view finish, Output& out) {
        std::string text = "data: ";
        append_envelope(text, envelope_, "chat.completion.chunk");
        text += ",\"choices\":[{\"index\":" + std::to_string(choice) + ",\"delta\":{";
        const bool first = std::find(begun_.begin(), begun_.end(), choice) == begun_.end();
        if (first) {
            begun_.push_back(choice);
            text += "\"role\":\"assistant\"";
            text += delta.empty() ? "" : ",";
        }
        text += delta + "},\"finish_reason\":";
        if (finish.empty()) {
            text += "null";
        } else {
            append_json_string(text, finish);
        }
        text += include_usage_ ? "}],\"usage\":null}\n\n" : "}]}\n\n";
        out.add_text(text);
    }

    Envelope envelope_;
    bool include_usage_;
    std::vector<std::uint32_t> begun_;  // choices that had their first chunk
    std::set<std::uint32_t> finished_;
};

class ChatWhole final : public Renderer {
public:
    explicit ChatWhole(Envelope envelope) : envelope_(std::move(envelope)) {}

    void event(const Event& event, Output&) override {
        if (event.kind == EventKind::model) {
            envelope_.model = event.text;
            return;
        }
        auto& choice = choices_[event.choice];
        switch (event.kind) {
            case EventKind::text:
                choice.text += event.text;
                choice.has_text = true;
                break;
            case EventKind::reasoning:
                choice.reasoning += event.text;
                break;
            case EventKind::tool_begin:
                choice.tools[event.block].id = event.extra;
                choice.tools[event.block].name = event.text;
                break;
            case EventKind::tool_args:
                choice.tools[event.block].arguments += event.text;
                break;
            case EventKind::finish:
                choice.finish = event.extra;
                break;
            default:
                break;
        }
    }

    void finish(const model::Usage& usage, Output& out) override {
        std::string text;
        append_envelope(text, envelope_, "chat.completion");
        text += ",\"choices\":[";
        bool first = true;
        for (const auto& [index, choice] : choices_) {
            text += first ? "" : ",";
            first = false;
            append_choice(text, index, choice);
        }
        text += "],\"usage\":";
        append_usage(text, usage);
        text += "}";
        out.add_text(text);
    }

private:
    struct Tool {
        std::string id;
        std::string name;
        std::string arguments;
    };
    struct Choice {
        std::string text;
        bool has_text = false;
        std::string reasoning;
        std::map<std::uint32_t, Tool> tools;
        std::string finish = "stop";
    };

    static void append_choice(std::string& out, std::uint32_t index, const Choice& choice) {
        out += "{\"index\":" + std::to_string(index) + ",\"message\":{\"role\":\"assistant\",\"content\":";
        if (choice.has_text) {
            append_json_string(out, choice.text);
        } else {
            out += "null";
        }
        if (!choice.reasoning.empty()) {
            out += ",\"reasoning_content\":";
            append_json_string(out, choice.reasoning);
        }
        out += ",\"refusal\":null";
        if (!choice.tools.empty()) {
            out += ",\"tool_calls\":[";
            bool first = true;
            for (const auto& [block, tool] : choice.tools) {
                out += first ? "{\"id\":" : ",{\"id\":";
                first = false;
                append_json_string(out, tool.id);
                out += ",\"type\":\"function\",\"function\":{\"name\":";
                append_json_string(out, tool.name);
                out += ",\"arguments\":";
                append_json_string(out, tool.arguments.empty() ? "{}" : tool.arguments);
                out += "}}";
            }
            out += "]";
        }
        out += "},\"logprobs\":null,\"finish_reason\":";
        append_json_string(out, choice.finish);
        out += "}";
    }

    Envelope envelope_;
    std::map<std::uint32_t, Choice> choices_;
};

void append_base64(std::string& out, std::string_view bytes) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto left = std::min<std::size_t>(3, bytes.size() - at);
        unsigned bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = (bits << 8U) | (i < left ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        }
        for (unsigned i = 0; i < 4; ++i) {
            out += i <= left ? kAlphabet[(bits >> (18U - 6U * i)) & 63U] : '=';
        }
    }
}

void append_floats(std::string& out, std::string_view bytes) {
    out += '[';
    std::array<char, 32> text{};
    for (std::size_t at = 0; at + sizeof(float) <= bytes.size(); at += sizeof(float)) {
        float value = 0;
        std::memcpy(&value, bytes.data() + at, sizeof(value));
        out += at == 0 ? "" : ",";
        if (!std::isfinite(value)) {
            out += "null";  // JSON has no such number.
            continue;
        }
        const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
        out.append(text.data(), end);
    }
    out += ']';
}

class Embeddings final : public Renderer {
public:
    Embeddings(Envelope envelope, bool base64) : envelope_(std::move(envelope)), base64_(base64) {}

    void event(const Event& event, Output&) override {
        if (event.kind == EventKind::model) {
            envelope_.model = event.text;
        } else if (event.kind == EventKind::embedding) {
            vectors_[event.choice] = event.text;
        }
    }

    void finish(const model::Usage& usage, Output& out) override {
        std::string text = "{\"object\":\"list\",\"data\":[";
        bool first = true;
        for (const auto& [index, bytes] : vectors_) {
            text += first ? "" : ",";
            first = false;
            text += "{\"object\":\"embedding\",\"index\":" + std::to_string(index) + ",\"embedding\":";
            if (base64_) {
                text += '"';
                append_base64(text, bytes);
                text += '"';
            } else {
                append_floats(text, bytes);
            }
            text += "}";
        }
        text += "],\"model\":";
        append_json_string(text, envelope_.model);
        const auto input = std::to_string(usage.input.value_or(0));
        text += ",\"usage\":{\"prompt_tokens\":" + input + ",\"total_tokens\":" + input + "}}";
        out.add_text(text);
    }

private:
    Envelope envelope_;
    bool base64_;
    std::map<std::uint32_t, std::string> vectors_;
};

}  // namespace

std::unique_ptr<Renderer> make_renderer(const Call& call, std::string_view model, std::int64_t created) {
    std::string id = call.request_id;
    if (id.starts_with("req_")) {
        id.erase(0, 4);
    }
    Envelope envelope{"chatcmpl-" + id, std::string(model), created};
    if (call.operation == Operation::embeddings) {
        return std::make_unique<Embeddings>(std::move(envelope), call.base64_embeddings);
    }
    if (call.stream) {
        return std::make_unique<ChatStream>(std::move(envelope), call.include_usage);
    }
    return std::make_unique<ChatWhole>(std::move(envelope));
}

std::string_view stream_end(const Call& call) {
    // Formats that are passed on as they are have said their end themselves.
    return traits_of(call.operation).verbatim ? "" : "data: [DONE]\n\n";
}

}  // namespace aihub::gateway
