// Vectors of embeddings, as JSON. `bytes` are little-endian float32 values.
#pragma once

#include <string>
#include <string_view>

namespace aihub::dialect {

// A JSON array of numbers, each the shortest text that reads back as the same value. What is no number is null.
void append_floats(std::string& out, std::string_view bytes);
// RFC 4648 section 4, without quotes.
void append_base64(std::string& out, std::string_view bytes);

}  // namespace aihub::dialect
