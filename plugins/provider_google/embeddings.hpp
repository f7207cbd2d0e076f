// Embeddings of the canonical form.
#pragma once

#include <aihub/call.hpp>
#include <aihub/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace aihub::provider_google {

struct EmbeddingsBody {
    std::string json;
    std::size_t texts = 0;  // one is asked for by itself, several in a batch
};

// Error: the input is no list of texts.
[[nodiscard]] Result<EmbeddingsBody> make_embeddings_body(std::string_view body, std::string_view model);

// Tells the vectors of a reply. An error message when there are not as many as texts, or they hold no numbers.
[[nodiscard]] std::optional<std::string> tell_embeddings(std::string_view reply, std::size_t texts, sdk::Call& call);

}  // namespace aihub::provider_google
