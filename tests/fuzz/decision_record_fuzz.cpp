#include "fuzz_check.hpp"
#include "policy/decision_record.hpp"

#include <string>

using aihub::fuzz::check;
namespace policy = aihub::policy;

namespace {

// A record has one form only: what was read is written again as it was.
void check_decision(std::string_view payload, const policy::DecisionRecord& record) {
    const auto said = policy::decode_result(record);
    if (!said) {
        return;
    }
    std::string again;
    const policy::AskedHook asked{
        record.hook,
        record.part,
        record.bundle_name,
        record.bundle_hash,
        record.facts.call,
        &record.facts.attempt,
        &record.facts.outcome,
        &record.facts.price,
        record.values_version,
        record.duration};
    policy::append_said(again, asked, *said, record.steps);
    check(again.substr(policy::kFrameHeadBytes) == payload, "a record is written otherwise than it was");
}

}  // namespace

// Frames, and what is in them; and the whole input as one payload, since few inputs have the right checksum.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = aihub::fuzz::text(data, size);
    policy::DecisionRecord record;
    policy::ValuesRecord values;
    const auto read = [&](std::string_view payload) {
        (void)policy::record_kind(payload);
        if (policy::decode_record(payload, record)) {
            check_decision(payload, record);
        }
        (void)policy::decode_values(payload, values);
    };
    read(bytes);
    auto rest = bytes;
    while (const auto cut = policy::cut_frame(rest)) {
        check(!cut->payload.empty() && cut->payload.size() <= policy::kRecordBytesMax, "size of a frame");
        read(cut->payload);
    }
    check(rest.size() <= bytes.size(), "more is left than there was");
    return 0;
}
