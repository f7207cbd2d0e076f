#include "base/ids.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <unordered_set>
#include <vector>

namespace aihub {
namespace {

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool is_base62(std::string_view text) {
    return text.find_first_not_of(kBase62) == std::string_view::npos;
}

TEST(Ids, kinds_cannot_be_mixed) {
    static_assert(!std::is_convertible_v<KeyId, RequestId>);
    static_assert(!std::is_constructible_v<KeyId, RequestId>);
    static_assert(!std::is_convertible_v<std::string, KeyId>);
    EXPECT_EQ(KeyId("ak_1"), KeyId("ak_1"));
    EXPECT_LT(KeyId("ak_1"), KeyId("ak_2"));
    EXPECT_TRUE(KeyId().empty());
    EXPECT_EQ(std::hash<KeyId>{}(KeyId("ak_1")), std::hash<KeyId>{}(KeyId("ak_1")));
}

TEST(RandomBase62, has_the_length_and_the_alphabet_that_was_asked_for) {
    for (const std::size_t length : {0U, 1U, 31U, 62U, 64U, 65U, 1000U}) {
        const auto text = random_base62(length);
        EXPECT_EQ(text.size(), length);
        EXPECT_TRUE(is_base62(text)) << text;
    }
}

TEST(RandomBase62, uses_every_letter_equally) {
    const auto text = random_base62(62 * 1000);
    std::array<int, 256> counts{};
    for (const char letter : text) {
        ++counts[static_cast<unsigned char>(letter)];
    }
    for (const char letter : kBase62) {
        // 1000 are expected, with a standard deviation of 31: seven of them never happen by chance.
        EXPECT_NEAR(counts[static_cast<unsigned char>(letter)], 1000, 220) << letter;
    }
}

TEST(RequestIds, look_as_documented) {
    std::string id = "what was there before";
    assign_request_id(id);
    EXPECT_THAT(id, testing::StartsWith("req_"));
    EXPECT_EQ(id.size(), 28U);
    EXPECT_TRUE(is_base62(std::string_view(id).substr(4))) << id;
}

TEST(RequestIds, are_unique_in_and_between_threads) {
    constexpr std::size_t kEach = 20000;
    std::array<std::vector<std::string>, 4> made;
    {
        std::vector<std::jthread> threads;
        for (auto& ids : made) {
            threads.emplace_back([&ids] {
                for (std::size_t i = 0; i < kEach; ++i) {
                    assign_request_id(ids.emplace_back());
                }
            });
        }
    }
    std::unordered_set<std::string> all;
    for (const auto& ids : made) {
        all.insert(ids.begin(), ids.end());
    }
    EXPECT_EQ(all.size(), kEach * made.size());
}

TEST(UniqueBits, DoNotComeTwiceAndUseEveryBit) {
    std::set<std::uint64_t> seen;
    std::uint64_t ones = 0;
    std::uint64_t zeros = 0;
    for (int i = 0; i < 10000; ++i) {
        const auto bits = make_unique_bits();
        EXPECT_TRUE(seen.insert(bits).second);
        ones |= bits;
        zeros |= ~bits;
    }
    EXPECT_EQ(ones, ~0ULL);
    EXPECT_EQ(zeros, ~0ULL);
}

}  // namespace
}  // namespace aihub
