// Text that comes in JSON strings, piece by piece.
#pragma once

#include <string>
#include <string_view>

namespace aihub::provider_openai {

// Puts together what was cut within one character: `\ud83d` at the end of a piece, `\ude00` at the beginning of the
// next.
class DeltaText {
public:
    // The text of `raw`, a JSON string; empty for any other value. The view lives as long as `raw` and `room`.
    [[nodiscard]] std::string_view add(std::string_view raw, std::string& room);

    // What is left of a character whose other half did not come.
    [[nodiscard]] std::string rest();

private:
    std::string held_;  // the escape of a first half
};

}  // namespace aihub::provider_openai
