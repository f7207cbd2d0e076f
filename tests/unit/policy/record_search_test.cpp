#include "policy/record_search.hpp"

#include "support/decision_fixture.hpp"
#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

std::string admit_frame(const std::string& request_id, bool allow) {
    auto call = testing::full_facts();
    call.request_id = request_id;
    Answer<AdmitDecision> answer;
    answer.decision = AdmitDecision{allow, "", "", ""};
    std::string out;
    append_record(out, {Hook::admit, DecidedAs::active, "eu", testing::kSomeHash, call}, answer);
    seal_frames(out);
    return out;
}

TEST(RecordSearch, FindsThoseOfTheRequestInOrder) {
    const testing::DecisionFolder folder;
    testing::FakeClock clock;
    // A file for each.
    DecisionFileWriter writer(folder.path(), 1, clock);
    for (const auto& frame :
         {admit_frame("r1", true), admit_frame("r10", true), admit_frame("r2", true), admit_frame("r1", false)}) {
        ASSERT_TRUE(writer.append(frame, {}));
        clock.advance(std::chrono::seconds(1));
    }
    const auto found = find_records(folder.path(), "r1");
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->size(), 2U);
    const auto allowed = [&](std::size_t at) {
        return std::get<AdmitDecision>(std::get<AnyDecision>(*decode_result((*found)[at].record))).allow;
    };
    EXPECT_TRUE(allowed(0));
    EXPECT_FALSE(allowed(1));
    EXPECT_EQ((*found)[1].record.facts.call.organization, "acme");
}

TEST(RecordSearch, NothingFoundIsSaid) {
    const testing::DecisionFolder folder;
    const auto found = find_records(folder.path(), "r1");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::not_found);
    EXPECT_EQ(found.error().message, "no record of request r1 in the 0 files of " + folder.path());
}

}  // namespace
}  // namespace aihub::policy
