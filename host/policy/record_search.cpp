#include "policy/record_search.hpp"

#include "policy/decision_files.hpp"

namespace aihub::policy {

namespace {

constexpr std::size_t kPieceBytes = 1U << 20U;

// Keeps the records of `piece` that are of this request. Most are left by a look for its bytes.
void search_piece(
    std::string_view piece, std::string_view request_id, const KnownValues& known, std::deque<HeldRecord>& found
) {
    while (const auto cut = cut_frame(piece)) {
        if (!cut->sound || cut->payload.find(request_id) == std::string_view::npos ||
            found.size() >= kFoundRecordsMax) {
            continue;
        }
        auto& held = found.emplace_back();
        held.payload = cut->payload;
        if (!decode_record(held.payload, held.record) || held.record.facts.call.request_id != request_id) {
            found.pop_back();
            continue;
        }
        held.values = known.all();
        held.has_values = give_values(*held.values, held.record);
    }
}

}  // namespace

Result<std::deque<HeldRecord>> find_records(
    const std::string& directory, std::string_view request_id, const std::function<bool()>& stop
) {
    const auto files = AIHUB_TRY(list_decision_files(directory));
    std::deque<HeldRecord> found;
    for (const auto& file : files) {
        auto reader = AIHUB_TRY(DecisionFileReader::open(file.path));
        KnownValues known;
        for (std::string piece; AIHUB_TRY(reader.next(piece, kPieceBytes));) {
            if (stop && stop()) {
                return Error{
                    Errc::upstream_timeout,
                    "there was not enough time to look at all " + std::to_string(files.size()) + " files of " +
                        directory};
            }
            known.learn(piece);
            search_piece(piece, request_id, known, found);
        }
    }
    if (found.empty()) {
        return Error{
            Errc::not_found,
            "no record of request " + std::string(request_id) + " in the " + std::to_string(files.size()) +
                " files of " + directory};
    }
    return found;
}

}  // namespace aihub::policy
