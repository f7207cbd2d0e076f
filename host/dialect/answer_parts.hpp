// An answer as its events tell it: choices, each a row of parts.
#pragma once

#include "capability/provider.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::dialect {

enum class PartKind { text, refusal, reasoning, redacted, tool, media };

// Follows the pieces of a JSON text until its first value, an object or an array, is complete.
class JsonProgress {
public:
    void add(std::string_view piece);
    [[nodiscard]] bool begun() const { return begun_; }  // a byte came that is no space
    [[nodiscard]] bool object() const { return first_ == '{'; }
    // What begins with another byte is never complete.
    [[nodiscard]] bool complete() const { return depth_ == 0 && closed_ && (first_ == '{' || first_ == '['); }

private:
    std::uint64_t depth_ = 0;
    char first_ = '\0';
    bool begun_ = false;
    bool closed_ = false;
    bool in_string_ = false;
    bool escaped_ = false;
};

// How many bytes at the end of a text are the beginning of a character that is not complete.
[[nodiscard]] std::size_t cut_bytes(std::string_view text);

// A run of one kind of content.
struct AnswerPart {
    PartKind kind = PartKind::text;
    std::uint32_t block = 0;   // as in the events
    std::uint32_t number = 0;  // tool: how many others of the choice began before it
    std::string text;          // words, arguments, base64, or what only the provider can read
    std::string name;          // tool: the function; media: its type
    std::string id;            // tool
    std::string signature;
    std::vector<std::string> citations;  // text: JSON objects
    std::size_t citation_bytes = 0;      // of all of them
    std::string logprobs;                // text: elements of a JSON array
    JsonProgress arguments;              // tool

    // How far a stream has come with it.
    std::size_t text_written = 0;
    std::size_t citations_written = 0;
    std::size_t logprobs_written = 0;
    bool opened = false;
    bool closed = false;      // nothing can be added any more
    std::size_t counted = 0;  // what AnswerChoice::held() has of it

    // The text that can be written now: whole characters. The rest of a character that was cut waits for the next
    // piece, unless none comes any more (`last`). The view is valid until the part is changed.
    [[nodiscard]] std::string_view unwritten_text(bool last) const;
    // Of those bytes so many are written. `keep`: `text` is still needed as a whole.
    void text_was_written(std::size_t bytes, bool keep);
    // The elements that came since the last call.
    [[nodiscard]] std::string_view take_logprobs();
    // It is written, and not needed any more; the others keep their places.
    void drop_citation(std::size_t which);
    // What it takes in memory.
    [[nodiscard]] std::size_t bytes() const;
};

struct AnswerChoice {
    std::uint32_t index = 0;
    std::vector<AnswerPart> parts;
    std::string logprobs;     // elements for the text that comes next
    std::uint32_t tools = 0;  // how many began
    bool has_text = false;    // even if it was empty
    bool refused = false;
    bool finished = false;
    std::string finish;  // as in the event
    std::string stop_sequence;

    // The bytes of all parts, as they were counted last. Whoever changes a part counts it again.
    std::size_t parts_held = 0;
    void count(AnswerPart& part);
    [[nodiscard]] std::size_t held() const;
};

// Why a choice ended, by what the provider said and by what it holds: a choice with tool calls never ends with `stop`,
// and one without never with `tool_calls`.
enum class Finish { stop, length, tool_calls, content_filter };
[[nodiscard]] Finish finish_of(const AnswerChoice& choice);

// Where a format has what a provider wants back with a text or a tool call: at that part, or, where only reasoning can
// be signed, as reasoning without words. It stands before the call, unless that is written already.
enum class Signatures { of_any_part, of_reasoning };

class Answer {
public:
    explicit Answer(Signatures signatures = Signatures::of_any_part) : signatures_(signatures) {}

    // Where an event belongs; nullptr: it is about no choice, or no part of one. Valid until the next add().
    struct Place {
        AnswerChoice* choice = nullptr;
        AnswerPart* part = nullptr;
    };
    // Takes an event of a choice. Left out are choices from number 128 on, and arguments of a tool call that did not
    // begin, whose part is closed, or that is 1024 parts back.
    Place add(const capability::Event& event);

    // Makes it when it is not there.
    AnswerChoice& choice(std::uint32_t index);
    [[nodiscard]] std::vector<AnswerChoice>& choices() { return choices_; }  // by rising index
    // What it keeps, in bytes.
    [[nodiscard]] std::size_t held() const;

private:
    Place place_of(AnswerChoice& found, const capability::Event& event) const;

    Signatures signatures_;
    std::vector<AnswerChoice> choices_;
};

}  // namespace aihub::dialect
