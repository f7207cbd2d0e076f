// What of a canonical request was left out.
#pragma once

#include <aihub/call.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::provider_openai {

// Tells each name once.
class Dropped {
public:
    explicit Dropped(sdk::Call& call) : call_(call) {}

    void say(std::string_view name) {
        if (std::ranges::find(said_, name) == said_.end()) {
            said_.emplace_back(name);
            call_.dropped(name);
        }
    }

private:
    sdk::Call& call_;
    std::vector<std::string> said_;
};

}  // namespace aihub::provider_openai
