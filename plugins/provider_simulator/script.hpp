// The whole answer of a simulated call, decided before its first event.
#pragma once

#include "behaviour.hpp"

#include <aihub/call.hpp>

#include <string>
#include <vector>

namespace aihub::provider_simulator {

// One event of the answer. Each is one token by the simulator's rule, but for finish and embedding.
struct Piece {
    enum class Kind { reasoning, text, tool_begin, tool_arguments, finish, embedding };
    Kind kind = Kind::text;
    std::uint32_t choice = 0;
    std::string text;        // tool_begin: the function's name; finish: the reason
    std::string id{};        // tool_begin: the call's id
    std::uint64_t seed = 0;  // embedding: what the vector follows from
};

struct Script {
    std::vector<Piece> pieces;
    std::uint64_t input_tokens = 0;
    std::uint32_t dimensions = 0;  // of embeddings
};

// The error says what the simulator cannot do with the request.
[[nodiscard]] Result<Script> chat_script(const Behaviour& behaviour, const sdk::Request& request);
[[nodiscard]] Result<Script> embeddings_script(const Behaviour& behaviour, const sdk::Request& request);

}  // namespace aihub::provider_simulator
