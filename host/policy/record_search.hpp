// Finds the records of one request.
#pragma once

#include "base/result.hpp"
#include "policy/decision_record.hpp"
#include "policy/known_values.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace aihub::policy {

// A record and what its views belong to.
struct HeldRecord {
    std::string payload;
    std::shared_ptr<const ValuesByVersion> values;
    DecisionRecord record;
    bool has_values = true;  // false: what aihub.kv had is not in the file
};
// A request asks a few hooks; of one that somebody chose for many calls the first are shown.
inline constexpr std::size_t kFoundRecordsMax = 200;

// In the order in which they were written. Reads all files, at about the speed of the disk. not_found: no such folder,
// or no record of this request; the message says how many files were looked at. `stop`, which may be empty, is asked
// between pieces of files: upstream_timeout when it says so.
[[nodiscard]] Result<std::deque<HeldRecord>> find_records(
    const std::string& directory, std::string_view request_id, const std::function<bool()>& stop = {}
);

}  // namespace aihub::policy
