#include "dialect/gemini_renderer.hpp"

#include "base/json_text.hpp"
#include "dialect/block_order.hpp"
#include "dialect/gemini_parts.hpp"
#include "dialect/json_pieces.hpp"
#include "dialect/vector_text.hpp"
#include "dialect/whole_renderer.hpp"

#include <map>
#include <utility>
#include <vector>

namespace aihub::dialect {

namespace {

using capability::Event;
using capability::EventKind;

// What follows the candidates and the usage.
std::string tail_of(const AnswerTraits& traits, std::string_view upstream_id) {
    std::string tail = ",\"modelVersion\":";
    append_json_string(tail, traits.model);
    tail += ",\"responseId\":";
    append_json_string(tail, answer_id({}, upstream_id, traits.id, true));
    tail += '}';
    return tail;
}

class GenerateStream final : public Renderer, private BlockWriter {
public:
    explicit GenerateStream(AnswerTraits traits) : traits_(std::move(traits)), tail_(tail_of(traits_, {})) {}

    void event(const Event& event, std::string& out) override {
        if (event.kind == EventKind::model) {
            traits_.model = event.text;
            tail_ = tail_of(traits_, upstream_id_);
        } else if (event.kind == EventKind::id) {
            if (chunks_ == 0) {
                upstream_id_ = event.text;
                tail_ = tail_of(traits_, upstream_id_);
            }
        } else if (const auto place = answer_.add(event); place.choice != nullptr) {
            order_of(event.choice).advance(*place.choice, *this, false, out);
        }
    }

    void finish(const model::Usage& usage, std::string& out) override {
        if (answer_.choices().empty()) {
            answer_.choice(0);
        }
        for (auto& choice : answer_.choices()) {
            order_of(choice.index).advance(choice, *this, true, out);
        }
        chunk_begin(out);
        bool first = true;
        for (const auto& choice : answer_.choices()) {
            out += first ? "" : ",";
            first = false;
            out += "{\"content\":{\"parts\":[{\"text\":\"\"}],\"role\":\"model\"}";
            append_gemini_end(out, choice);
            out += ",\"index\":";
            append_number(out, choice.index);
            out += '}';
        }
        out += ']';
        append_gemini_usage(out, usage);
        chunk_end(out);
        out += traits_.array ? "]" : "";
    }

    [[nodiscard]] std::uint64_t events() const override { return chunks_; }
    [[nodiscard]] std::size_t held() const override { return answer_.held(); }

private:
    BlockOrder& order_of(std::uint32_t choice) {
        for (auto& [index, order] : orders_) {
            if (index == choice) {
                return order;
            }
        }
        return orders_.emplace_back(choice, BlockOrder()).second;
    }

    void chunk_begin(std::string& out) {
        const std::string_view opening = chunks_ == 0 ? "[" : ",\n";
        out += traits_.array ? opening : "data: ";
        out += "{\"candidates\":[";
        ++chunks_;
    }
    void chunk_end(std::string& out) const {
        out += tail_;
        out += traits_.array ? "" : "\n\n";
    }
    void write(
        const AnswerChoice& choice, const AnswerPart& part, std::string_view text, bool is_signed, std::string& out
    ) {
        chunk_begin(out);
        out += "{\"content\":{\"parts\":[";
        append_gemini_part(out, part, text, is_signed);
        out += "],\"role\":\"model\"},\"index\":";
        append_number(out, choice.index);
        out += "}]";
        chunk_end(out);
    }

    void open(AnswerChoice&, std::size_t, std::string&) override {}
    void delta(AnswerChoice& choice, std::size_t at, std::string_view text, std::string& out) override {
        if (choice.parts[at].kind != PartKind::tool) {
            write(choice, choice.parts[at], text, false, out);
        }
    }
    void citation(AnswerChoice&, std::size_t, std::size_t, std::string&) override {}  // they come with the end
    void close(AnswerChoice& choice, std::size_t at, std::string& out) override {
        auto& part = choice.parts[at];
        const bool whole = part.kind == PartKind::tool || part.kind == PartKind::media;
        // The words are out; their signature follows with a part of its own.
        if (whole || (is_gemini_part(part) && !part.signature.empty())) {
            write(choice, part, {}, true, out);
        }
        part.text_was_written(part.text.size() - part.text_written, false);
    }
    [[nodiscard]] bool keeps(const AnswerPart& part) const override { return part.kind == PartKind::tool; }

    AnswerTraits traits_;
    std::string upstream_id_;
    std::string tail_;
    Answer answer_;
    std::vector<std::pair<std::uint32_t, BlockOrder>> orders_;
    std::uint64_t chunks_ = 0;
};

class GenerateWhole final : public WholeRenderer {
public:
    explicit GenerateWhole(AnswerTraits traits) : WholeRenderer(std::move(traits)) {}

    void finish(const model::Usage& usage, std::string& out) override {
        if (answer_.choices().empty()) {
            answer_.choice(0);
        }
        out += "{\"candidates\":[";
        bool first = true;
        for (const auto& choice : answer_.choices()) {
            out += first ? "" : ",";
            first = false;
            append_candidate(out, choice);
        }
        out += ']';
        append_gemini_usage(out, usage);
        out += tail_of(traits_, upstream_id_);
    }

private:
    static void append_candidate(std::string& out, const AnswerChoice& choice) {
        out += "{\"content\":{\"parts\":[";
        bool first = true;
        for (const auto& part : choice.parts) {
            if (is_gemini_part(part)) {
                out += first ? "" : ",";
                first = false;
                append_gemini_part(out, part, part.text, true);
            }
        }
        out += "],\"role\":\"model\"}";
        append_gemini_end(out, choice);
        out += ",\"index\":";
        append_number(out, choice.index);
        out += '}';
    }
};

class GeminiEmbeddings final : public Renderer {
public:
    explicit GeminiEmbeddings(bool batch) : batch_(batch) {}

    void event(const Event& event, std::string&) override {
        if (event.kind == EventKind::embedding) {
            auto& vector = vectors_[event.choice];
            held_ = held_ - vector.size() + event.text.size();
            vector = event.text;
        }
    }

    void finish(const model::Usage&, std::string& out) override {
        if (!batch_) {
            out += "{\"embedding\":";
            append_vector(out, vectors_.empty() ? std::string_view() : vectors_.begin()->second);
            out += '}';
            return;
        }
        out += "{\"embeddings\":[";
        bool first = true;
        for (const auto& [index, bytes] : vectors_) {
            out += first ? "" : ",";
            first = false;
            append_vector(out, bytes);
        }
        out += "]}";
    }

    [[nodiscard]] std::size_t held() const override { return held_; }

private:
    static void append_vector(std::string& out, std::string_view bytes) {
        out += "{\"values\":";
        append_floats(out, bytes);
        out += '}';
    }

    bool batch_;
    std::map<std::uint32_t, std::string> vectors_;
    std::size_t held_ = 0;
};

}  // namespace

std::unique_ptr<Renderer> make_gemini_renderer(AnswerTraits traits) {
    if (traits.stream) {
        return std::make_unique<GenerateStream>(std::move(traits));
    }
    return std::make_unique<GenerateWhole>(std::move(traits));
}

std::unique_ptr<Renderer> make_gemini_embeddings_renderer(bool batch) {
    return std::make_unique<GeminiEmbeddings>(batch);
}

}  // namespace aihub::dialect
