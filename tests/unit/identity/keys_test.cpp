#include "identity/keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace aihub::identity {
namespace {

constexpr std::string_view kBody = "gwk_live_Zq3R7tYpLm9XcVb2NnKd8Wf5Gh1JsA";
constexpr std::string_view kKey = "gwk_live_Zq3R7tYpLm9XcVb2NnKd8Wf5Gh1JsA2wg2Gz";

std::string checksum(std::string_view text) {
    const auto sum = key_checksum(text);
    return {sum.begin(), sum.end()};
}

TEST(KeyFormat, checksum_is_crc32_in_base62) {
    EXPECT_EQ(checksum(kBody), "2wg2Gz");
    EXPECT_EQ(checksum("gwk_live_Zq3R7tYpLm9XcVb2NnKd8Wf5Gh1JsB"), "13lpPT");
    EXPECT_EQ(checksum(""), "000000");  // CRC-32 of nothing is 0
}

TEST(KeyFormat, a_right_key_is_well_formed_and_every_typo_is_not) {
    EXPECT_TRUE(well_formed(kKey));
    EXPECT_FALSE(well_formed("gwk_live_Zq3R7tYpLm9XcVb2NnKd8Wf5Gh1JsB2wg2Gz"));
    for (std::size_t i = 0; i < kKey.size(); ++i) {
        std::string typo(kKey);
        typo[i] = typo[i] == 'x' ? 'y' : 'x';
        EXPECT_FALSE(well_formed(typo)) << typo;
        std::string shorter(kKey);
        shorter.erase(i, 1);
        EXPECT_FALSE(well_formed(shorter)) << shorter;
    }
}

TEST(KeyFormat, needs_brand_and_environment) {
    const auto with_head = [](const std::string& head) {
        const std::string text = head + "Zq3R7tYpLm9XcVb2NnKd8Wf5Gh1JsA";
        return text + checksum(text);
    };
    EXPECT_TRUE(well_formed(with_head("a_b_")));
    EXPECT_TRUE(well_formed(with_head("my-brand_test_")));
    EXPECT_TRUE(well_formed(with_head("two_words_live_")));
    for (const char* head : {"", "_", "live_", "_live_", "gwk__", "g k_live_", "gwk_live", "g\xc3\xa4_live_"}) {
        EXPECT_FALSE(well_formed(with_head(head))) << head;
    }
    EXPECT_FALSE(well_formed(with_head(std::string(300, 'a') + "_live_")));
    EXPECT_FALSE(well_formed(""));
}

TEST(KeyFormat, fresh_keys_are_well_formed_and_differ) {
    std::set<std::string> seen;
    for (int i = 0; i < 200; ++i) {
        const Secret key = make_key("aihub", "live");
        EXPECT_TRUE(well_formed(key.expose()));
        EXPECT_TRUE(key.expose().starts_with("aihub_live_"));
        EXPECT_EQ(key.expose().size(), std::string_view("aihub_live_").size() + 36);
        seen.emplace(key.expose());
    }
    EXPECT_EQ(seen.size(), 200U);
}

TEST(KeyHash, is_hmac_sha256) {
    const KeyHash hash = hash_key(Secret("pepper"), kKey);
    std::string text;
    for (const unsigned char byte : hash) {
        text.push_back("0123456789abcdef"[byte >> 4U]);
        text.push_back("0123456789abcdef"[byte & 0xfU]);
    }
    EXPECT_EQ(text, "1e7942fce5d285a20d8dc12305852257707a9e0435c732e1fc51ffc010c6f2d2");
    EXPECT_NE(hash, hash_key(Secret("other"), kKey));
}

class KeySnapshotTest : public ::testing::Test {
protected:
    static KeySnapshot::Entry entry(const std::string& key, const std::string& name) {
        model::Principal principal;
        principal.key_id = KeyId("ak_" + name);
        principal.key_name = name;
        return {hash_key(Secret("pepper"), key), std::make_shared<const model::Principal>(principal)};
    }
    static KeySnapshot snapshot(std::vector<KeySnapshot::Entry> entries, std::uint64_t epoch = 1) {
        return {Secret("pepper"), std::move(entries), epoch};
    }
};

TEST_F(KeySnapshotTest, finds_its_keys_and_no_others) {
    const auto keys = snapshot({entry("one", "first"), entry("two", "second")}, 7);
    EXPECT_EQ(keys.size(), 2U);
    EXPECT_EQ(keys.epoch(), 7U);
    for (int i = 0; i < 3; ++i) {  // the first look-up hashes, the others do not
        ASSERT_NE(keys.find("one"), nullptr);
        EXPECT_EQ(keys.find("one")->key_name, "first");
        EXPECT_EQ(keys.find("two")->key_name, "second");
        EXPECT_EQ(keys.find("three"), nullptr);
        EXPECT_EQ(keys.find(""), nullptr);
        EXPECT_EQ(keys.find(std::string(10000, 'a')), nullptr);
    }
}

TEST_F(KeySnapshotTest, a_later_snapshot_of_the_same_epoch_is_not_answered_from_the_cache) {
    const auto before = snapshot({entry("one", "first")});
    ASSERT_NE(before.find("one"), nullptr);
    ASSERT_EQ(before.find("two"), nullptr);
    const auto after = snapshot({entry("two", "second")});
    EXPECT_EQ(after.find("one"), nullptr);
    EXPECT_NE(after.find("two"), nullptr);
    EXPECT_NE(before.find("one"), nullptr);
}

TEST_F(KeySnapshotTest, stays_right_beyond_the_limits_of_the_cache) {
    std::vector<KeySnapshot::Entry> entries;
    constexpr int kKeys = 5000;
    for (int i = 0; i < kKeys; ++i) {
        entries.push_back(entry("key" + std::to_string(i), std::to_string(i)));
    }
    const auto keys = snapshot(std::move(entries));
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < kKeys; ++i) {
            const auto owner = keys.find("key" + std::to_string(i));
            ASSERT_NE(owner, nullptr);
            ASSERT_EQ(owner->key_name, std::to_string(i));
            ASSERT_EQ(keys.find("unknown" + std::to_string(i)), nullptr);
        }
    }
}

TEST_F(KeySnapshotTest, a_principal_outlives_the_snapshot) {
    std::shared_ptr<const model::Principal> owner;
    {
        const auto keys = snapshot({entry("one", "first")});
        owner = keys.find("one");
    }
    ASSERT_NE(owner, nullptr);
    EXPECT_EQ(owner->key_name, "first");
}

TEST_F(KeySnapshotTest, threads_read_it_together) {
    const auto keys = snapshot({entry("one", "first"), entry("two", "second")});
    std::atomic<int> right{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int round = 0; round < 1000; ++round) {
                    const auto owner = keys.find(round % 2 == 0 ? "one" : "two");
                    right += owner != nullptr && owner->key_name == (round % 2 == 0 ? "first" : "second") ? 1 : 0;
                }
            });
        }
    }
    EXPECT_EQ(right.load(), 4000);
}

}  // namespace
}  // namespace aihub::identity
