// The events of an answer, as bytes of the client's format.
#pragma once

#include "capability/provider.hpp"
#include "dialect/format.hpp"
#include "model/usage.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace aihub::dialect {

// What an answer is to say of itself.
struct AnswerTraits {
    std::string id;                    // unique, at most 128 of [A-Za-z0-9._-]; the format's prefix comes before it
    std::string model;                 // until an event names another
    std::int64_t created = 0;          // seconds since 1970
    bool stream = false;               // server-sent events; otherwise finish() writes the whole document
    bool include_usage = false;        // openai.chat: the stream's last chunk has usage
    bool base64 = false;               // openai.embeddings: vectors as base64
    bool array = false;                // gemini.generate: the stream is one JSON array, not server-sent events
    std::uint64_t input_estimate = 0;  // tokens, for formats that name the input before it is known
};

// One answer, one thread. Raw events and usage do not come here. The end of a stream that fails is error_event()'s.
class Renderer {
public:
    virtual ~Renderer() = default;
    // In a stream appends the bytes that follow from it; they may be none.
    virtual void event(const capability::Event& event, std::string& out) = 0;
    // The answer is complete: the rest of it, and the end marker of a stream. `usage` is what it used, as far as known.
    virtual void finish(const model::Usage& usage, std::string& out) = 0;
    // How many events of the stream were written: where they are numbered, error_event() goes on from there.
    [[nodiscard]] virtual std::uint64_t events() const { return 0; }
    // Bytes of the answer that are kept: not written yet, or needed again at its end. A few hundred are added for each
    // part, so that an answer of many empty ones counts, too. Cheap enough to be asked after each event.
    [[nodiscard]] virtual std::size_t held() const { return 0; }
};

[[nodiscard]] std::unique_ptr<Renderer> make_renderer(Format format, AnswerTraits traits);

}  // namespace aihub::dialect
