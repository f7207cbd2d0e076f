// Pieces of JSON that the formats of answers have in common.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::dialect {

// As a JSON string; null when it is empty.
void append_string_or_null(std::string& out, std::string_view text);

void append_number(std::string& out, std::uint64_t value);

// JSON that a plugin gave, on one line: between its tokens a line end means nothing, but in a stream it ends the data.
// Bytes that are not UTF-8 become U+FFFD.
void append_flat_json(std::string& out, std::string_view json);

// Arguments of a function as a JSON object: nothing is {}, and what is no object is {"_raw":"the text"}.
void append_arguments(std::string& out, std::string_view text);

// The elements of a JSON array, without its brackets; empty: it is none.
[[nodiscard]] std::string_view elements_of(std::string_view array);

// A source of a text: raw JSON values, empty when missing. Views into the text that it was read from.
struct Citation {
    std::string_view url;          // a string
    std::string_view title;        // a string
    std::string_view cited_text;   // a string
    std::string_view start_index;  // a number
    std::string_view end_index;    // a number
};
[[nodiscard]] Citation read_citation(std::string_view json);

// Its members "url", "title", "start_index" and "end_index", with a comma between them.
void append_link(std::string& out, const Citation& source);

// `raw`, or `fallback` when there is none.
inline std::string_view raw_or(std::string_view raw, std::string_view fallback) {
    return raw.empty() ? fallback : raw;
}

// The provider's id of an answer where a client of this format would take it for one, else one made of our own.
// `prefix` is "msg_" and the like; `any`: the format has no rule for ids.
[[nodiscard]] std::string answer_id(std::string_view prefix, std::string_view upstream, std::string_view own, bool any);

// An answer's own id as clients can send it back within the id of a call or an item, which providers want short and of
// [A-Za-z0-9_-]: itself, or, where it is not like that, a hash of it.
[[nodiscard]] std::string made_id(std::string_view own);

}  // namespace aihub::dialect
