// Which tokenizer a model reads text with, as far as an estimate tells them apart.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace aihub::model {

// other: a model whose tokenizer is not known.
enum class TokenizerFamily { other, o200k, cl100k, claude, gemini, llama, mistral };

// In the order of the enum: the words of the model table.
inline constexpr std::array<std::string_view, 7> kTokenizerNames = {
    "other", "o200k", "cl100k", "claude", "gemini", "llama", "mistral"};

[[nodiscard]] constexpr std::string_view tokenizer_name(TokenizerFamily family) {
    return kTokenizerNames[static_cast<std::size_t>(family)];
}

}  // namespace aihub::model
