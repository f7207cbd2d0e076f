// An event that owns its text.
#pragma once

#include "capability/provider.hpp"

#include <string>

namespace aihub::gateway {

class KeptEvent {
public:
    explicit KeptEvent(const capability::Event& source) : event_(source), text_(source.text), extra_(source.extra) {}

    // Valid as long as this is neither moved nor gone.
    [[nodiscard]] capability::Event view() const {
        capability::Event result = event_;
        result.text = text_;
        result.extra = extra_;
        return result;
    }

private:
    capability::Event event_;
    std::string text_;
    std::string extra_;
};

}  // namespace aihub::gateway
