// Which call a result answers, for formats that name the function only.
#pragma once

#include <aihub/chat.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::dialect {

// Names and ids are JSON strings, which must live as long.
class CallIds {
public:
    // What is called from here on belongs to one answer of the model.
    void next_turn() { ++turn_; }
    void called(sdk::JsonText name, sdk::JsonText id);
    // Whether a call has that id; it counts as answered then.
    [[nodiscard]] bool answered_by_id(sdk::JsonText id);
    // The call of that function that waits: of the latest turn that has one, the first. It counts as answered then.
    [[nodiscard]] std::optional<sdk::JsonText> answered_by_name(sdk::JsonText name);

private:
    struct Turn {
        std::size_t number;
        std::vector<sdk::JsonText> ids;
        std::size_t answered;  // how many, from the front
    };

    std::size_t turn_ = 0;
    std::map<sdk::JsonText, std::vector<Turn>> waiting_;  // by name, the latest turn last
    std::set<sdk::JsonText> called_;
    std::set<sdk::JsonText> answered_;
};

}  // namespace aihub::dialect
