// Puts the parts of a choice in a row, for formats that have one open block at a time.
#pragma once

#include "dialect/answer_parts.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace aihub::dialect {

// Writes the blocks of one format. `at`: the part's place in the choice, which is the block's, too.
class BlockWriter {
public:
    virtual ~BlockWriter() = default;
    virtual void open(AnswerChoice& choice, std::size_t at, std::string& out) = 0;
    // Not of redacted reasoning and media: they are whole when they open. Never empty.
    virtual void delta(AnswerChoice& choice, std::size_t at, std::string_view text, std::string& out) = 0;
    virtual void citation(AnswerChoice& choice, std::size_t at, std::size_t number, std::string& out) = 0;
    virtual void close(AnswerChoice& choice, std::size_t at, std::string& out) = 0;
    // Whether the text of the part is needed as a whole when it closes.
    [[nodiscard]] virtual bool keeps(const AnswerPart& part) const = 0;
};

// The first part that is not closed is written as it comes; others wait. A tool call stays open until its arguments are
// a complete JSON text or the choice ends, because pieces of several calls may be mixed; everything else ends where
// the next part begins. A call opens with its first arguments, or when it is sure that it has none for now.
class BlockOrder {
public:
    // After each event of the choice. `ended`: nothing more comes.
    void advance(AnswerChoice& choice, BlockWriter& writer, bool ended, std::string& out);

private:
    static void write_text(AnswerChoice& choice, std::size_t at, BlockWriter& writer, bool last, std::string& out);

    std::size_t at_ = 0;
};

}  // namespace aihub::dialect
