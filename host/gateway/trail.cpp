#include "gateway/trail.hpp"

#include <utility>

namespace aihub::gateway {

std::string_view step_name(Step step) {
    static constexpr std::array<std::string_view, kSteps> kNames{
        "receive", "identify", "decide", "route", "admit", "dispatch", "relay", "settle", "record"};
    return kNames[static_cast<std::size_t>(step)];
}

void Trail::reset() {
    using model::UsageRow;
    UsageRow next;
    for (const auto text :
         {&UsageRow::request_id,
          &UsageRow::key_id,
          &UsageRow::operation,
          &UsageRow::model_asked,
          &UsageRow::model_used,
          &UsageRow::provider,
          &UsageRow::policy,
          &UsageRow::experiments,
          &UsageRow::labels,
          &UsageRow::rating,
          &UsageRow::amount,
          &UsageRow::currency}) {
        (row.*text).clear();
        (next.*text).swap(row.*text);
    }
    row = std::move(next);
    dropped.clear();
    fallback = {};
    spent_.fill(std::chrono::nanoseconds(0));
    waited_ = std::chrono::nanoseconds(0);
}

}  // namespace aihub::gateway
