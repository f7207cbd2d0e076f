// Sources that Gemini names for its words.
#pragma once

#include <aihub/call.hpp>
#include <aihub/json_value.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>

namespace aihub::provider_google {

// The sources of one candidate: from its search, and from what it recites. Chunks tell them again and again.
class Citations {
public:
    // Of one answer; what comes beyond them is left out. Words that many sources have in common are told with each.
    static constexpr std::size_t kCountMax = 1000;
    static constexpr std::size_t kBytesMax = std::size_t{1} << 20;

    // Tells those of a chunk's candidate that were not told before.
    void tell(const sdk::JsonValue& candidate, std::uint32_t index, sdk::Call& call);

private:
    // `made` counts the bytes of those that one chunk was read for, told before or not.
    [[nodiscard]] bool full(std::size_t made) const {
        return told_.size() >= kCountMax || bytes_ >= kBytesMax || made >= 2 * kBytesMax;
    }
    // Gives its bytes.
    std::size_t tell_one(std::string citation, std::uint32_t index, sdk::Call& call);

    std::unordered_set<std::string> told_;
    std::size_t bytes_ = 0;  // of told_
};

}  // namespace aihub::provider_google
