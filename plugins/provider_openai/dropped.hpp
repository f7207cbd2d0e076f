// What of a canonical request was left out.
#pragma once

#include <aihub/call.hpp>
#include <aihub/text.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::provider_openai {

// Tells each name once. Names come from clients: only the first kNamesMax are told, each cut to kNameBytesMax.
class Dropped {
public:
    static constexpr std::size_t kNamesMax = 64;
    static constexpr std::size_t kNameBytesMax = 128;

    explicit Dropped(sdk::Call& call) : call_(call) {}

    void say(std::string_view name) {
        const std::string_view cut = sdk::utf8_prefix(name, kNameBytesMax);
        if (said_.size() < kNamesMax && std::ranges::find(said_, cut) == said_.end()) {
            said_.emplace_back(cut);
            call_.dropped(cut);
        }
    }

private:
    sdk::Call& call_;
    std::vector<std::string> said_;
};

}  // namespace aihub::provider_openai
