// Token counts of a reply.
#pragma once

#include <aihub/call.hpp>

#include <optional>
#include <string_view>

namespace aihub::provider_google {

// What `usageMetadata` said so far. It comes with every chunk of a stream, each time for the whole answer.
class UsageCounts {
public:
    // Takes one; a count that it does not tell keeps its last value. False: it told nothing new.
    bool take(std::string_view json);

    // Thoughts are a part of the output, what was cached a part of the input.
    [[nodiscard]] sdk::Usage usage() const;

private:
    using Count = std::optional<std::uint64_t>;
    struct Said {
        Count prompt, tool_prompt, candidates, thoughts, cached, total, prompt_audio, answer_audio;
        friend bool operator==(const Said&, const Said&) = default;
    };

    Said said_;
};

}  // namespace aihub::provider_google
