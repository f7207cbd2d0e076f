#include "policy/known_values.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

std::string frame(std::uint64_t version, const std::string& value) {
    std::string out;
    append_values(out, version, {{"limit", value}, {"a", "b"}});
    seal_frames(out);
    return out;
}

TEST(KnownValues, ARecordGetsThoseOfItsVersion) {
    KnownValues known;
    known.learn(frame(3, "30") + frame(4, "40"));
    const auto before = known.all();
    known.learn(frame(5, "50"));
    EXPECT_EQ(before->size(), 2U);
    EXPECT_EQ(known.all()->size(), 3U);
    DecisionRecord record;
    record.values_version = 4;
    ASSERT_TRUE(give_values(*known.all(), record));
    ASSERT_EQ(record.facts.call.values.size(), 2U);
    EXPECT_EQ(record.facts.call.values[0].first, "a") << "in order, as aihub.kv looks for them";
    EXPECT_EQ(record.facts.call.values[1].second, "40");
    record.values_version = 9;
    EXPECT_FALSE(give_values(*known.all(), record));
    EXPECT_TRUE(record.facts.call.values.empty());
    record.values_version = 0;
    EXPECT_TRUE(give_values(*known.all(), record)) << "there were none";
}

TEST(KnownValues, DamagedOnesAreNotKnown) {
    auto bytes = frame(3, "30");
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    KnownValues known;
    known.learn(bytes + frame(4, "40"));
    EXPECT_EQ(known.all()->size(), 1U);
    EXPECT_TRUE(known.all()->contains(4));
}

}  // namespace
}  // namespace aihub::policy
