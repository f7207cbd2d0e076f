// What aihub.kv had when recorded calls asked: values stand in a file once for each version, in front of the records
// that name it.
#pragma once

#include "policy/decision_record.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace aihub::policy {

using Values = std::map<std::string, std::string, std::less<>>;
using ValuesByVersion = std::map<std::uint64_t, Values>;

// Of one file. One thread.
class KnownValues {
public:
    // Frames of the file, in order; takes the values among them.
    void learn(std::string_view frames);
    // All so far; stays as it is when more are learnt.
    [[nodiscard]] const std::shared_ptr<const ValuesByVersion>& all() const { return all_; }

private:
    std::shared_ptr<const ValuesByVersion> all_ = std::make_shared<ValuesByVersion>();
};

// Gives the record the values that it names, as views. False: they are not known.
[[nodiscard]] bool give_values(const ValuesByVersion& known, DecisionRecord& record);

}  // namespace aihub::policy
