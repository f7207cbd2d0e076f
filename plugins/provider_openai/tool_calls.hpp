// The tool calls of one choice, as events.
#pragma once

#include "delta_text.hpp"
#include "wire_names.hpp"

#include <aihub/call.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::provider_openai {

// Takes the pieces of a stream, or whole calls. Providers leave indexes and ids out, give all calls the same index, or
// the arguments as an object: here every call has its own index, an id, and its arguments as text.
class ToolCalls {
public:
    static constexpr std::size_t kCallsMax = 256;
    static constexpr std::size_t kHeldBytesMax = 1U << 20U;  // of a call whose name has not come

    // `made_id`: what an id is made of where the provider gives none. `names` lives longer.
    ToolCalls(std::uint32_t choice, std::string_view made_id, const ToolNames& names)
        : choice_(choice), made_id_(made_id), names_(names) {}

    // `calls`: the raw array `tool_calls`. False: more than the limits above.
    [[nodiscard]] bool add(std::string_view calls, sdk::Call& call);
    // `function`: the raw object `function_call`, which came before there were several.
    [[nodiscard]] bool add_only(std::string_view function, sdk::Call& call);

private:
    struct Piece {
        std::string_view index, id, function, extra;
        std::string_view name, arguments;
    };
    struct Open {
        std::string index;  // the provider's
        std::string id;
        std::string name;
        std::string held;  // arguments that came before the name
        DeltaText text;
        bool told_arguments = false;
    };

    [[nodiscard]] bool take(Piece& piece, sdk::Call& call);
    // Which call a piece belongs to; calls_.size(): to a new one.
    [[nodiscard]] std::size_t place_of(const Piece& piece, std::string_view id) const;
    [[nodiscard]] static bool begins_another(const Open& open, const Piece& piece, std::string_view id);
    [[nodiscard]] bool tell(std::size_t at, const Piece& piece, sdk::Call& call);

    std::uint32_t choice_;
    std::string_view made_id_;
    const ToolNames& names_;
    std::vector<Open> calls_;
};

}  // namespace aihub::provider_openai
