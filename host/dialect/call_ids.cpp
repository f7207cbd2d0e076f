#include "dialect/call_ids.hpp"

namespace aihub::dialect {

void CallIds::called(sdk::JsonText name, sdk::JsonText id) {
    called_.insert(id);
    auto& turns = waiting_[name];
    if (turns.empty() || turns.back().number != turn_) {
        turns.push_back({turn_, {}, 0});
    }
    turns.back().ids.push_back(id);
}

bool CallIds::answered_by_id(sdk::JsonText id) {
    if (!called_.contains(id)) {
        return false;
    }
    answered_.insert(id);
    return true;
}

std::optional<sdk::JsonText> CallIds::answered_by_name(sdk::JsonText name) {
    const auto found = waiting_.find(name);
    if (found == waiting_.end()) {
        return std::nullopt;
    }
    auto& turns = found->second;
    while (!turns.empty()) {
        Turn& turn = turns.back();
        while (turn.answered < turn.ids.size()) {
            const sdk::JsonText id = turn.ids[turn.answered++];
            if (answered_.insert(id).second) {
                return id;
            }
        }
        turns.pop_back();
    }
    return std::nullopt;
}

}  // namespace aihub::dialect
