#include "policy/known_values.hpp"

namespace aihub::policy {

void KnownValues::learn(std::string_view frames) {
    bool damaged = false;
    while (const auto size = frame_bytes(frames, damaged)) {
        // Checksums are looked at only where there are values, which is rarely.
        if (record_kind(frames.substr(kFrameHeadBytes, *size - kFrameHeadBytes)) == RecordKind::values) {
            auto rest = frames;
            const auto cut = cut_frame(rest);
            ValuesRecord read;
            if (cut && cut->sound && decode_values(cut->payload, read)) {
                auto more = std::make_shared<ValuesByVersion>(*all_);
                more->insert_or_assign(read.version, std::move(read.values));
                all_ = std::move(more);
            }
        }
        frames.remove_prefix(*size);
    }
}

bool give_values(const ValuesByVersion& known, DecisionRecord& record) {
    auto& values = record.facts.values;
    values.clear();
    record.facts.call.values = {};
    if (record.values_version == 0) {
        return true;
    }
    const auto found = known.find(record.values_version);
    if (found == known.end()) {
        return false;
    }
    values.assign(found->second.begin(), found->second.end());
    record.facts.call.values = values;
    return true;
}

}  // namespace aihub::policy
